package homelab

import "maps"

// merge applies a JSON merge patch (RFC 7386) to an object and leaves that as it is.
func merge(object, patch map[string]any) map[string]any {
	result := maps.Clone(object)
	if result == nil {
		result = map[string]any{}
	}
	for key, value := range patch {
		inner, isMap := value.(map[string]any)
		switch {
		case value == nil:
			delete(result, key)
		case isMap:
			old, _ := result[key].(map[string]any)
			result[key] = merge(old, inner)
		default:
			result[key] = value
		}
	}
	return result
}

// mergePatch is the one form of a patch that is known here.
const mergePatch = "application/merge-patch+json"
