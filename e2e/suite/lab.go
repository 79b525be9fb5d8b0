package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"homelab.io/vault-health-exporter/chaos/undo"
	"homelab.io/vault-health-exporter/e2e/drill"
	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/gate"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// labLogs is where the logs of the lab's components are written.
const labLogs = Reports + "/lab-logs"

func runLabUp(ctx context.Context, b *Bench) error {
	log, err := b.log(stageLabUp)
	if err != nil {
		return err
	}
	defer log.Close()
	if err := emptyFolder(b.path(coverageLab)); err != nil {
		return err
	}
	b.lab, err = lab.Start(ctx, lab.Options{Out: log, Logs: b.path(labLogs), Lanes: drill.Lanes, Coverage: true})
	if err != nil {
		return err
	}
	return b.record(ctx, gate.SuiteImages, func(r *evidence.Record, _ io.Writer) error {
		facts, err := b.lab.OwnImage(ctx)
		if err != nil {
			return err
		}
		objects, err := b.lab.Kubectl(ctx, "get", "deployments,cronjobs", "--all-namespaces", "--output=json")
		if err != nil {
			return err
		}
		r.Rows = append(imageRows(facts), capabilityRows(objects, facts.Image)...)
		r.Values = []evidence.Value{{Name: "image_size", Value: float64(facts.Size), Unit: "bytes"}}
		return nil
	})
}

// imageLimit is how large the product's image may be, in bytes: two static
// binaries and their certificates.
const imageLimit = 100 << 20

// programs are all that may be run in the product's image.
var programs = []string{"/bin/token-broker", "/bin/vault-health-exporter"}

func imageRows(facts lab.ImageFacts) []evidence.Row {
	row := func(name string, ok bool, format string, args ...any) evidence.Row {
		r := evidence.Row{Check: "image", Name: name, Result: evidence.Outcome(ok)}
		if !ok {
			r.Why = fmt.Sprintf(format, args...)
		}
		return r
	}
	user, _, _ := strings.Cut(facts.User, ":")
	binaries := slices.DeleteFunc(slices.Sorted(slices.Values(facts.Files)), func(name string) bool {
		return strings.HasPrefix(name, "/etc/ssl/") || strings.HasPrefix(name, "/usr/share/licences/")
	})
	return []evidence.Row{
		row("user", user != "" && user != "0" && user != "root", "got the user %q, want one that is not root", facts.User),
		row("no shell", slices.Equal(binaries, programs), "got %q, want %q", binaries, programs),
		row("size", facts.Size > 0 && facts.Size <= imageLimit, "got %d bytes, want at most %d", facts.Size, imageLimit),
	}
}

// podSpec is as much of a pod as is looked at.
type podSpec struct {
	Containers []struct {
		Name            string
		Image           string
		SecurityContext struct {
			AllowPrivilegeEscalation *bool
			ReadOnlyRootFilesystem   bool
			Privileged               bool
			Capabilities             struct{ Drop, Add []string }
		}
	}
}

// capabilityRows look at what runs of an image in the cluster, as Kubernetes
// holds it.
func capabilityRows(objects, image string) (rows []evidence.Row) {
	const check = "capabilities"
	var list struct {
		Items []struct {
			Kind     string
			Metadata struct{ Name string }
			Spec     struct {
				Template struct {
					Spec podSpec
				}
				JobTemplate struct {
					Spec struct{ Template struct{ Spec podSpec } }
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(objects), &list); err != nil {
		return []evidence.Row{could(check, "pods", fmt.Errorf("reading the objects: %w", err))}
	}
	for _, item := range list.Items {
		for _, c := range append(item.Spec.Template.Spec.Containers, item.Spec.JobTemplate.Spec.Template.Spec.Containers...) {
			if c.Image != image {
				continue
			}
			s := c.SecurityContext
			safe := slices.Equal(s.Capabilities.Drop, []string{"ALL"}) && len(s.Capabilities.Add) == 0 && !s.Privileged &&
				s.ReadOnlyRootFilesystem && s.AllowPrivilegeEscalation != nil && !*s.AllowPrivilegeEscalation
			row := evidence.Row{Check: check, Name: strings.ToLower(item.Kind) + " " + item.Metadata.Name + " " + c.Name, Result: evidence.Outcome(safe)}
			if !safe {
				row.Why = fmt.Sprintf("got the security context %+v, want all capabilities dropped, nothing added or escalated and files that cannot be written", s)
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		rows = []evidence.Row{could(check, "pods", fmt.Errorf("got no object with the image %q", image))}
	}
	return rows
}

func runScenarios(ctx context.Context, b *Bench) error {
	if b.lab == nil {
		return errors.New("running the scenarios: there is no lab")
	}
	environment := []string{fmt.Sprintf("SEED=%d", b.Seed)}
	return b.testsInto(ctx, gate.SuiteLab, byTest, environment, "-tags=e2e", "-timeout=60m", "./e2e/")
}

// runLabDown removes the lab also after an interrupt, and says what is left.
func runLabDown(ctx context.Context, b *Bench) error {
	ctx = context.WithoutCancel(ctx)
	return b.record(ctx, gate.SuiteLeftovers, func(r *evidence.Record, _ io.Writer) error {
		if b.lab == nil {
			return errors.New("looking for what the lab has left: there was none")
		}
		// Programs write what they counted when they end.
		counted := b.lab.Coverage(ctx, b.path(coverageLab))
		err := errors.Join(counted, b.lab.Close(ctx))
		if err != nil {
			return err
		}
		left, err := b.lab.Leftovers(ctx)
		if err != nil {
			return err
		}
		r.Rows = append(r.Rows, findings("left behind", "containers, networks, volumes and images of the lab", left)...)
		journal, err := undo.Open(undo.Path())
		if err != nil {
			return err
		}
		defer journal.Close()
		var faults []string
		for _, e := range journal.Left() {
			faults = append(faults, fmt.Sprintf("%s of %s is not undone", e.Fault, e.Target))
		}
		r.Rows = append(r.Rows, findings("left behind", "faults", faults)...)
		partial, err := filepath.Glob(b.path(evidence.Folder, "*.partial"))
		r.Rows = append(r.Rows, findings("left behind", "evidence that was not written whole", partial)...)
		return err
	})
}
