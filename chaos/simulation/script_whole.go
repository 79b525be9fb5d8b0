package simulation

import (
	"slices"
	"time"

	"homelab.io/vault-health-exporter/chaos/oracle"
)

// together is how many faults may be there at once.
const together = 3

// Whole makes a run of any steps: what is broken twice or healed for nothing is
// left out, what is still broken at the end is healed, and then all settles.
func Whole(steps []Step) Script {
	script := Script{{Do: oracle.Wait, For: 73 * time.Second}}
	var broken []string
	for _, s := range steps {
		there := slices.Contains(broken, s.Fault)
		switch s.Do {
		case oracle.Break:
			if there || len(broken) == together {
				continue
			}
			broken = append(broken, s.Fault)
		case oracle.Heal:
			if !there {
				continue
			}
			broken = slices.DeleteFunc(broken, func(name string) bool { return name == s.Fault })
		}
		script = append(script, s)
	}
	script = append(script, Step{Do: oracle.Wait, For: 90 * time.Second})
	for _, name := range slices.Backward(broken) {
		script = append(script, Step{Do: oracle.Heal, Fault: name})
	}
	if script.lives() < tokenTTL {
		script = append(script, Step{Do: oracle.Rotate})
	}
	return append(script, Step{Do: oracle.Wait, For: 8 * time.Minute})
}
