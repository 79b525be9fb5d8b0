package contracts

import "slices"

// Elsewhere says of each state that no Vault Community can be put into where it
// would be found.
var Elsewhere = map[State]string{
	VaultPerformanceStandby: "Vault Enterprise only",
	VaultDRSecondary:        "Vault Enterprise only",
}

// FoundElsewhere returns the descriptions of the interactions in such states.
func FoundElsewhere() []string {
	var found []string
	for _, pair := range Pairs() {
		for _, interaction := range pair.Interactions() {
			if Elsewhere[interaction.State] != "" && !slices.Contains(found, interaction.Description) {
				found = append(found, interaction.Description)
			}
		}
	}
	return found
}
