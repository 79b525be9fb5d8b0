package contracts

// ExampleToken is the documented example: it has a token's form and opens
// nothing. No other value in a pact may look like a token.
const ExampleToken = "hvs.EXAMPLE0example0EXAMPLE0"

// ExampleNote is a key beside the secret, as a rotation's entries are.
const ExampleNote = "rotation-note"

// The examples beside it, none of which has the form of a credential.
const (
	exampleBearer   = "Bearer example-of-a-service-account-token"
	exampleJWT      = "example-of-a-service-account-token"
	exampleAccessor = "EXAMPLEaccessorEXAMPLE00"
	exampleTime     = "2026-01-02T03:04:05.000000006Z"
	exampleSecond   = "2026-01-02T03:04:05Z"
	exampleServer   = "https://vault.vault.svc:8200"
	exampleUID      = "00000000-0000-4000-8000-000000000000"
	exampleID       = "0000000000000000000000000000000000000000000000000000000000000000"
)

// The forms of values. A pattern matches the whole of a value.
const (
	tokenForm  = `(hvs|s)\.[A-Za-z0-9_-]{20,}`
	timeForm   = `\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z`
	secondForm = `\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z`
	// encodedForm is base64 of a value that begins as a token does.
	encodedForm = `(aHZzL|cy[4-7])[A-Za-z0-9+/]{20,}={0,2}`
	jsonMedia   = `application/json(;.*)?`
)

const matcherType = "pact:matcher:type"

// pattern matches text that has the form.
func pattern(example, form string) any {
	return map[string]any{matcherType: "regex", "regex": "^" + form + "$", "value": example}
}

// like matches every value of the example's JSON type.
func like(example any) any { return map[string]any{matcherType: "type", "value": example} }

// integer matches every whole number.
func integer(example int) any { return map[string]any{matcherType: "integer", "value": example} }

// eachLike matches a list with at least one item, all of the example's form.
func eachLike(example any) any {
	return map[string]any{matcherType: "type", "min": 1, "value": []any{example}}
}

// containing matches a list with an item of the example's form, whatever else
// is in it.
func containing(example any) any {
	return map[string]any{matcherType: "arrayContains", "variants": []any{example}}
}

// Example returns the example of a matcher, and every other value as it is.
func Example(value any) any {
	if matcher, ok := value.(map[string]any); ok && matcher[matcherType] != nil {
		return matcher["value"]
	}
	return value
}

// Form returns the pattern of a matcher; "" for a value without one.
func Form(value any) string {
	matcher, _ := value.(map[string]any)
	form, _ := matcher["regex"].(string)
	return form
}

// aToken matches every well-formed token.
func aToken() any { return pattern(ExampleToken, tokenForm) }
