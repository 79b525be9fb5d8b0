package lab

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

const (
	pathCandidates     = "/api/v1/namespaces/" + candidates + "/pods/"
	pathCandidateLease = "/apis/coordination.k8s.io/v1/namespaces/" + candidates + "/leases/" + applicationExporter
	// candidateCut is as a flow's own chain: rules of the candidates' cut alone.
	candidateCut = "LAB-CUT-CANDIDATES"
)

// Candidate is the pod of one of them.
type Candidate struct {
	Name    string
	Address netip.Addr
}

// Running are those whose containers have begun and that have not been told to end.
// Whoever begins to lead is not ready for a moment.
func (c Candidates) Running(ctx context.Context) ([]Candidate, error) {
	var listed struct {
		Items []struct {
			Metadata struct{ Name, DeletionTimestamp string }
			Status   struct{ Phase, PodIP string }
		}
	}
	err := c.lab.ask(ctx, http.MethodGet, pathCandidates+"?labelSelector=app%3D"+applicationExporter, "", nil, &listed)
	if err != nil {
		return nil, err
	}
	var running []Candidate
	for _, item := range listed.Items {
		if item.Metadata.DeletionTimestamp != "" || item.Status.Phase != "Running" {
			continue
		}
		address, err := netip.ParseAddr(item.Status.PodIP)
		if err != nil {
			return nil, fmt.Errorf("finding the candidates: pod %q: got address %q", item.Metadata.Name, item.Status.PodIP)
		}
		running = append(running, Candidate{item.Metadata.Name, address})
	}
	return running, nil
}

// Scrape returns the values of a candidate's metrics by series, as they are written.
func (c Candidates) Scrape(ctx context.Context, pod string) (map[string]float64, error) {
	var text bytes.Buffer
	err := c.lab.read(ctx, pathCandidates+pod+":"+exporterPort+"/proxy/metrics", &text)
	if err != nil {
		return nil, err
	}
	values := map[string]float64{}
	for line := range strings.Lines(text.String()) {
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		values[line[:at]], err = strconv.ParseFloat(strings.TrimSpace(line[at+1:]), 64)
		if err != nil {
			return nil, fmt.Errorf("scraping candidate %q: got no number in %q", pod, line)
		}
	}
	return values, nil
}

// Log is what a candidate has written since its container began.
func (c Candidates) Log(ctx context.Context, pod string) (string, error) {
	var text bytes.Buffer
	err := c.lab.read(ctx, pathCandidates+pod+"/log", &text)
	return text.String(), err
}

// Lease is what Kubernetes keeps of their election.
type Lease struct {
	// HolderIdentity is the name of the holder's pod, with what tells its process.
	HolderIdentity string
	// LeaseTransitions is how often it has gone from one to another.
	LeaseTransitions int
}

// Lease reads it.
func (c Candidates) Lease(ctx context.Context) (Lease, error) {
	var object struct{ Spec Lease }
	err := c.lab.ask(ctx, http.MethodGet, pathCandidateLease, "", nil, &object)
	return object.Spec, err
}

// Stop deletes a candidate's pod, as a node that is drained does. Another one comes
// in its place.
func (c Candidates) Stop(ctx context.Context, pod string) error {
	return c.lab.Delete(ctx, pathCandidates+pod)
}

// kill ends the process of a pod at once, which no API of Kubernetes does: each asks
// it to end first.
const kill = `for pid in $(pgrep -x vault-health-ex); do
  if grep -q "HOSTNAME=$1" /proc/$pid/environ; then exec kill -9 $pid; fi
done; exit 1`

// Kill ends a candidate's process without a word. Kubernetes starts it again in the
// same pod.
func (c Candidates) Kill(ctx context.Context, pod string) error {
	ended, err := c.lab.engine.exec(ctx, c.lab.k3s, "", "sh", "-c", kill, "sh", pod)
	if err == nil && ended.code != 0 {
		err = fmt.Errorf("got exit code %d: %s", ended.code, strings.TrimSpace(ended.stderr))
	}
	if err != nil {
		return fmt.Errorf("killing candidate %q: %w", pod, err)
	}
	return nil
}

// RefuseAPI refuses their connections to the Kubernetes API, and nobody else's.
func (c Candidates) RefuseAPI(ctx context.Context, all ...Candidate) error {
	script := cutInto("nat", "PREROUTING", candidateCut)
	for _, candidate := range all {
		script += refuseKubernetes(candidateCut, candidate.Address) + "; "
	}
	return c.lab.filter(ctx, script)
}

// AnswerAPI undoes RefuseAPI.
func (c Candidates) AnswerAPI(ctx context.Context) error {
	return c.lab.filter(ctx, cutInto("nat", "PREROUTING", candidateCut)+"iptables -w -t nat -F "+candidateCut)
}
