package growth_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/e2e/growth"
)

var soak = flag.Duration("soak", 0, "how long the embedded flow is put under random faults; not at all without")

// TestDemoDoesNotGrow puts the demo, as a process of its own, under random faults.
func TestDemoDoesNotGrow(t *testing.T) {
	if *soak == 0 {
		t.Skip("not run: -soak says for how long")
	}
	binary := filepath.Join(t.TempDir(), "vault-health-exporter")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/vault-health-exporter").CombinedOutput(); err != nil {
		t.Fatalf("building: %v: %s", err, out)
	}
	page, control := address(t), address(t)
	demo := exec.Command(binary, "demo", "--web.listen-address="+page, "--control.listen-address="+control)
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(demo.Process.Signal(os.Interrupt), demo.Wait()); err != nil {
			t.Error(err)
		}
	})
	var err error
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		if _, err = growth.Read(t.Context(), "http://"+page+"/metrics"); err == nil {
			break
		}
		if time.Since(begun) > time.Minute {
			t.Fatalf("the demo does not answer: %v", err)
		}
	}
	samples, err := growth.Soak(t.Context(), *soak, uint64(time.Now().UnixNano()), "http://"+page+"/metrics", faults(t, control), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(growth.Table(samples, growth.Short))
	for _, fallen := range growth.Fallen(samples) {
		t.Errorf("a counter fell: %s", fallen)
	}
	for _, s := range growth.Slopes(samples, growth.Short) {
		if !s.Flat() {
			t.Errorf("%s: got %+.4f a slot, want at most %g", s.Metric, s.PerSlot, s.Limit)
		}
	}
}

// address is a free one on loopback.
func address(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// faults are those that the demo lists, but for what happens once.
func faults(t *testing.T, control string) (all []growth.Fault) {
	reply, err := http.Get("http://" + control + "/?format=json")
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	var listed []struct{ Name string }
	if err := json.NewDecoder(reply.Body).Decode(&listed); err != nil {
		t.Fatal(err)
	}
	post := func(action, name string) func(context.Context) error {
		return func(ctx context.Context) error {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+control+"/"+action+"/"+name, nil)
			if err != nil {
				return err
			}
			reply, err := http.DefaultClient.Do(req)
			if err == nil {
				_ = reply.Body.Close()
				if reply.StatusCode != http.StatusOK {
					err = fmt.Errorf("got %s", reply.Status)
				}
			}
			return err
		}
	}
	for _, fault := range listed {
		all = append(all, growth.Fault{Name: fault.Name, Break: post("break", fault.Name), Heal: post("heal", fault.Name)})
	}
	return all
}
