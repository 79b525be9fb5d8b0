package homelab

import (
	"encoding/base64"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestCloseFreesEverything(t *testing.T) {
	before := runtime.NumGoroutine()
	lab, err := Start(t.TempDir(), Options{Interval: time.Second, CopyInterval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if code, _ := ask(t, lab, "GET", "/readyz", ""); code != http.StatusOK {
		t.Errorf("readyz: got %d, want 200", code)
	}
	if _, err := execute(t, dockerClient(t, lab), false, "cat", tokenFile); err != nil {
		t.Error(err)
	}
	undo(t, lab, nasSlow)
	held, client := make(chan error), vaultClient(t, lab, lab.nasServer, "")
	go func() {
		_, err := client.Sys().Health()
		held <- err
	}()
	undo(t, lab, k8sDown)
	for range 2 {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := <-held; err == nil {
		t.Error("a held request: got an answer, want none")
	}
	for _, s := range lab.servers() {
		listener, err := net.Listen("tcp", s.address)
		if err != nil {
			t.Errorf("the port is not free: %v", err)
			continue
		}
		_ = listener.Close()
	}
	// What is left are goroutines of the clients, which end by themselves.
	http.DefaultClient.CloseIdleConnections()
	for deadline := time.Now().Add(10 * time.Second); ; runtime.Gosched() {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if !strings.Contains(string(stacks), "chaos/homelab.(*") || runtime.NumGoroutine() <= before {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("goroutines of the homelab are left:\n%s", stacks)
		}
	}
}

func TestPortSurvives(t *testing.T) {
	lab := startLab(t)
	for range 50 {
		undo(t, lab, nasDown)
		for _, s := range []*server{lab.nasServer, lab.dockerServer} {
			if conn, err := net.Dial("tcp", s.address); err == nil {
				_ = conn.Close()
				t.Fatalf("%q accepts connections while it is down", s.address)
			}
		}
		if err := lab.Heal(nasDown); err != nil {
			t.Fatal(err)
		}
	}
	if code, _ := raw(t, vaultClient(t, lab, lab.nasServer, ""), "GET", "/v1/sys/health", ""); code != http.StatusOK {
		t.Errorf("health after healing: got %d, want 200", code)
	}
}

// servedToken is the token in the applications' Secret.
func (h *Homelab) servedToken() string {
	object, _ := h.kube.getSecret(secretName)
	token, _ := base64.StdEncoding.DecodeString(object["data"].(map[string]any)[tokenKey].(string))
	return string(token)
}

func TestRotation(t *testing.T) {
	lab := startLab(t)
	first := lab.current
	if err := lab.Rotate(); err != nil {
		t.Fatal(err)
	}
	lab.mu.Lock()
	defer lab.mu.Unlock()
	if lab.current == first || lab.docker.file != lab.current || lab.nas.kv.newest(nasPath).data[tokenKey] != lab.current {
		t.Error("after a rotation: the file and the NAS Vault do not hold the new token")
	}
	if lab.servedToken() != first || lab.nas.tokens.lookup(first) == nil {
		t.Error("before the copiers run: the Secret does not hold a token that works")
	}
	if err := lab.sync(); err != nil {
		t.Fatal(err)
	}
	if lab.servedToken() != lab.current || lab.main.kv.newest(mainPath).data[tokenKey] != lab.current {
		t.Error("after the copiers have run: the copies do not hold the new token")
	}
	if err := lab.rotate(); err != nil {
		t.Fatal(err)
	}
	if lab.nas.tokens.lookup(first) != nil {
		t.Error("after the second rotation: the first token still works")
	}
}

func TestHistoryIsBounded(t *testing.T) {
	lab := startLab(t)
	lab.mu.Lock()
	defer lab.mu.Unlock()
	now := time.Now()
	for i := range 40 {
		if lab.active = map[string]bool{}; i%4 == 3 {
			lab.active[brokerFailed] = true
		}
		now = now.Add(time.Second)
		lab.main.kv.put(mainPath, map[string]any{tokenKey: "of somebody else"}) // so that the broker has something to write
		lab.runBroker(now)
	}
	failed := 0
	for _, j := range lab.kube.jobs {
		if j.failed {
			failed++
		}
	}
	if failed != keptFailures || len(lab.kube.jobs) != keptFailures+keptSuccesses {
		t.Errorf("got %d Jobs with %d failed, want %d and %d", len(lab.kube.jobs), failed, keptFailures+keptSuccesses, keptFailures)
	}
	if versions := len(lab.main.kv[mainPath]); versions != maxVersions {
		t.Errorf("got %d versions, want %d", versions, maxVersions)
	}
}
