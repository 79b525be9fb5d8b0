//go:build e2e

package e2e

import "testing"

// TestCandidates waits for the end of what TestCandidatesBegin began: the components
// leader-election and discovery, on a real Kubernetes with the rights that they bring.
func TestCandidates(t *testing.T) {
	beginCandidates(t)
	<-candidates.done
	t.Logf("\n%s", candidates.said.String())
	if candidates.err != nil {
		t.Error(candidates.err)
	}
}
