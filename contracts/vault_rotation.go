package contracts

import (
	"maps"

	"homelab.io/vault-health-exporter/exporter/reason"
)

// nasMetadata is where the rotation keeps its journal.
const nasMetadata = "/v1/secret/metadata/tokens/root"

// patchHeader is what a PATCH carries, which Vault takes in this form only.
var patchHeader = func() map[string]any {
	header := maps.Clone(vaultHeader)
	header["Content-Type"] = "application/merge-patch+json"
	return header
}()

// lookupAccessor is a look at a token that has ended.
var lookupAccessor = Interaction{
	Description: "token lookup, gone already",
	State:       TokenUnknown,
	Request: Request{
		Method: "POST", Path: "/v1/auth/token/lookup-accessor", Header: vaultHeader,
		Body: map[string]any{"accessor": like(exampleAccessor)},
	},
	Response: Response{Status: 400, Header: jsonHeader, Body: vaultErrors("1 error occurred:\n\t* invalid accessor\n\n")},
}

// fence is a PATCH of nothing over the first version.
func fence(description string, state State, status int, body any, why reason.Reason) Exchange {
	return Exchange{Call: CallFence, Reason: why, Interactions: []Interaction{{
		Description: "KV fence, " + description,
		State:       state,
		Request: Request{
			Method: "PATCH", Path: nasSecret, Header: patchHeader,
			Body: map[string]any{"data": map[string]any{}, "options": map[string]any{"cas": 1}},
		},
		Response: Response{Status: status, Header: jsonHeader, Body: body},
	}}}
}

// vaultJournal is how the journal of a rotation is read and written. Where there
// is no secret yet, a PATCH finds nothing and says so without a word.
func vaultJournal() []Exchange {
	note := map[string]any{"custom_metadata": map[string]any{ExampleNote: like("a note")}}
	change := func(method, description string, state State, status int) Interaction {
		header := vaultHeader
		if method == "PATCH" {
			header = patchHeader
		}
		return Interaction{
			Description: "KV metadata, " + description, State: state,
			Request:  Request{Method: method, Path: nasMetadata, Header: header, Body: note},
			Response: Response{Status: status, Header: jsonHeader},
		}
	}
	look := func(description string, state State, status int, body any) Interaction {
		return Interaction{
			Description: "KV metadata, " + description, State: state,
			Request:  Request{Method: "GET", Path: nasMetadata, Header: vaultHeader},
			Response: Response{Status: status, Header: jsonHeader, Body: body},
		}
	}
	noted := map[string]any{"data": map[string]any{"custom_metadata": map[string]any{ExampleNote: like("a note")}}}
	missing := look("missing", SecretMissing, 404, vaultErrors())
	return []Exchange{
		{Call: CallNotes(true), Interactions: []Interaction{look("noted", SecretNoted, 200, noted)}},
		{Call: CallNotes(false), Interactions: []Interaction{missing}},
		{Call: CallNote, Interactions: []Interaction{change("PATCH", "note on a secret", SecretStored, 204)}},
		{Call: CallNote, Interactions: []Interaction{
			change("PATCH", "note on none", SecretMissing, 404),
			missing,
			change("POST", "made for a note", SecretMissing, 204),
		}},
	}
}

// vaultRotation is what the rotation asks of the NAS Vault.
func vaultRotation() []Exchange {
	rotated := map[string]any{"token": aToken(), "created_at": pattern(exampleSecond, secondForm), "rotated_from": like(exampleAccessor)}
	made := map[string]any{"auth": map[string]any{
		"client_token": aToken(), "accessor": like(exampleAccessor), "orphan": true,
	}}
	return append(vaultJournal(), []Exchange{
		{Call: CallCreateToken, Interactions: []Interaction{{
			Description: "token create, root token",
			State:       TokenWithoutRole,
			Request: Request{
				Method: "POST", Path: "/v1/auth/token/create", Header: vaultHeader,
				Body: map[string]any{
					"no_parent": true, "display_name": "token-rotator", "policies": []any{"root"},
					"num_uses": 0, "type": "", "entity_alias": "",
				},
			},
			Response: Response{Status: 200, Header: jsonHeader, Body: made},
		}}},
		{Call: CallRevokeAccessor, Interactions: []Interaction{{
			Description: "token revoke, gone already",
			State:       TokenUnknown,
			Request: Request{
				Method: "POST", Path: "/v1/auth/token/revoke-accessor", Header: vaultHeader,
				Body: map[string]any{"accessor": like(exampleAccessor)},
			},
			Response: Response{Status: 200, Header: jsonHeader, Body: map[string]any{"warnings": []any{"No token found with this accessor"}}},
		}}},
		write(nasSecret, "next version", SecretFirst, 1, 200, rotated, written, ""),
		write(nasSecret, "race lost", SecretSecond, 1, 400, rotated, lostRace, reason.HTTPUnexpected),
		fence("next version", SecretFirst, 200, written, ""),
		fence("race lost", SecretSecond, 400, lostRace, reason.HTTPUnexpected),
		{Call: CallLookupAccessor, Interactions: []Interaction{lookupAccessor}},
		{Call: CallFindTokens, Interactions: []Interaction{{
			Description: "token list",
			State:       TokenWithoutRole,
			Request:     Request{Method: "GET", Path: "/v1/auth/token/accessors", Query: map[string]string{"list": "true"}, Header: vaultHeader},
			Response:    Response{Status: 200, Header: jsonHeader, Body: map[string]any{"data": map[string]any{"keys": eachLike(exampleAccessor)}}},
		}, lookupAccessor}},
	}...)
}
