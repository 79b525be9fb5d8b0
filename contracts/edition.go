package contracts

import "slices"

// Enterprise holds the states that only Vault Enterprise can be put into.
var Enterprise = map[State]bool{VaultPerformanceStandby: true, VaultDRSecondary: true}

// OpenBao holds the states that OpenBao can be put into, and Vault Community
// cannot.
var OpenBao = map[State]bool{
	SecretInNamespace: true, NamespaceMissing: true, NamespaceSealed: true, TokenOfNamespace: true, TokenUnknownAtOpenBao: true,
}

// Elsewhere says where a state is found that no Vault Community can be put into;
// "" for every other state.
func Elsewhere(state State) string {
	switch {
	case Enterprise[state]:
		return "Vault Enterprise only"
	case OpenBao[state]:
		return "OpenBao only"
	}
	return ""
}

// FoundElsewhere returns the descriptions of the interactions in such states.
func FoundElsewhere() []string {
	var found []string
	for _, pair := range Pairs() {
		for _, interaction := range pair.Interactions() {
			if Elsewhere(interaction.State) != "" && !slices.Contains(found, interaction.Description) {
				found = append(found, interaction.Description)
			}
		}
	}
	return found
}
