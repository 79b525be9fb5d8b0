//go:build !race

package alerts_test

import "testing"

// TestWhatIsBlamedNowIsNotChargedWithBefore: ten minutes without a token, and
// then, without a pause, another hop is broken while applications are served.
func TestWhatIsBlamedNowIsNotChargedWithBefore(t *testing.T) {
	const series = `load 30s
  nas_flow_blame{flow="qnap",hop="token",reason="revoked"} _x9 1x20 stale _x60
  nas_flow_blame{flow="qnap",hop="docker_exec",reason="stale"} _x30 1x60
  nas_flow_slots_total{flow="qnap",result="good"} 0+1x10 10x80
  nas_flow_slots_total{flow="qnap",result="bad"} 0x10 1+1x20 21x60
  nas_flow_slots_total{flow="qnap",result="degraded"} 0x31 1+1x59
`
	blamed := map[string]map[string]bool{"NASTokenDeliveryBroken": {}, "NASTokenFlowDegraded": {}}
	for _, moment := range playSeries(t, series, 91, 0, "nas-token") {
		for name, hops := range blamed {
			for _, a := range moment[name] {
				hops[a.Labels.Get("hop")] = true
			}
		}
	}
	if got := blamed["NASTokenDeliveryBroken"]; !got["token"] || got["docker_exec"] {
		t.Errorf("NASTokenDeliveryBroken: got the hops %v, want token only", got)
	}
	if got := blamed["NASTokenFlowDegraded"]; !got["docker_exec"] || got["token"] {
		t.Errorf("NASTokenFlowDegraded: got the hops %v, want docker_exec only", got)
	}
}
