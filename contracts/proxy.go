package contracts

// What stands in front of a server and answers in its place.
const (
	// SignInPage is what a network's sign-in page answers everything with.
	SignInPage = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><h1>Sign in to the network</h1></body></html>\n"
	// SignOn is where a single sign-on sends everybody who has no session.
	SignOn = "https://sign-on.invalid/"
	// MeshRefusal is what a service mesh says to whom its policy does not let
	// through: with Vault's status, and not in Vault's words.
	MeshRefusal = "RBAC: access denied"
)

var textHeader = map[string]any{"Content-Type": pattern("text/plain", `text/plain(;.*)?`)}

// refusedByMesh is the same request, refused on its way to the Vault.
func refusedByMesh(exchange Exchange) Exchange {
	exchange.Interactions[0].State = VaultBehindMesh
	exchange.Interactions[0].Response = Response{Status: 403, Header: textHeader, Text: MeshRefusal}
	return exchange
}
