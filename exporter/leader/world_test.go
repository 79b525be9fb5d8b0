package leader

import (
	"context"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/homelab/homelabtest"
	"homelab.io/vault-health-exporter/chaos/network"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

const leaseName = "exporter"

// world is the embedded Kubernetes API with candidates, in virtual time.
type world struct {
	t          *testing.T
	home       *homelab.Homelab
	network    *network.Network
	kubernetes config.Kubernetes
	began      time.Time
	running    []*process
	rights     bool // to write
}

// newWorld starts the API; call it within a bubble of virtual time.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, network: new(network.Network), began: time.Now()}
	home, err := homelab.Start(filepath.Join(t.TempDir(), "home"), homelab.Options{Network: w.network, Plain: true, CopyInterval: 1000 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	w.home = home
	w.kubernetes = *homelabtest.Load(t, home).Flow.Main.Kubernetes
	w.allow(true)
	return w
}

// end stops everything that was started, so that the bubble can end.
func (w *world) end() {
	for _, p := range w.running {
		p.cancel()
		<-p.ended
	}
	if err := w.home.Close(); err != nil {
		w.t.Error(err)
	}
}

// allow grants the rights of the component, or takes that to write away.
func (w *world) allow(writing bool) {
	rules := []homelab.Rule{{Verbs: []string{"get"}, Resources: []string{"leases.coordination.k8s.io"}, Names: []string{leaseName}}}
	w.rights = writing
	if writing {
		rules = append(rules,
			homelab.Rule{Verbs: []string{"update"}, Resources: []string{"leases.coordination.k8s.io"}, Names: []string{leaseName}},
			homelab.Rule{Verbs: []string{"create"}, Resources: []string{"leases.coordination.k8s.io"}})
	}
	w.home.GrantRole("vault-health-exporter", rules...)
}

// holder is whom the Lease names.
func (w *world) holder() string {
	holder, _ := w.spec()["holderIdentity"].(string)
	return holder
}

func (w *world) spec() map[string]any {
	spec, _ := w.home.Object("leases", leaseName)["spec"].(map[string]any)
	return spec
}

// edit writes the Lease as a person does with kubectl.
func (w *world) edit(spec map[string]any) {
	object := w.home.Object("leases", leaseName)
	if object == nil {
		object = map[string]any{}
	}
	object["spec"] = spec
	w.home.PutObject("leases", leaseName, object)
}

// process is a candidate with its own way to the API.
type process struct {
	*Candidate
	name   string // its identity
	way    *way
	cancel context.CancelFunc
	ended  chan struct{}
	leads  atomic.Bool  // as it was told
	offset atomic.Int64 // of its clock
	born   time.Time
}

// start starts a candidate whose clock is off by an offset.
func (w *world) start(offset time.Duration) *process {
	p := &process{Candidate: New(w.kubernetes, leaseName, slog.New(slog.DiscardHandler)), way: &way{next: w.network}, ended: make(chan struct{}), born: time.Now()}
	p.name = p.state.identity
	p.offset.Store(int64(offset))
	p.wall = func() time.Time { return time.Now().Add(time.Duration(p.offset.Load())) }
	ctx, cancel := context.WithCancel(upstream.Over(context.Background(), p.way))
	p.cancel = cancel
	go func() {
		defer close(p.ended)
		_ = p.Run(ctx, func(leads bool) {
			if p.leads.Swap(leads) == leads {
				w.t.Errorf("told twice that it leads: %v", leads)
			}
		})
	}()
	w.running = append(w.running, p)
	return p
}

// remove forgets a process that has ended.
func (w *world) remove(p *process) {
	for i, known := range w.running {
		if known == p {
			w.running = append(w.running[:i], w.running[i+1:]...)
			return
		}
	}
}

// kill ends a process so that it cannot tell anybody.
func (w *world) kill(p *process) {
	p.way.set(refuses)
	w.stop(p)
}

// stop ends a process as SIGTERM does.
func (w *world) stop(p *process) {
	p.cancel()
	<-p.ended
	w.remove(p)
}

// leading are the processes that lead.
func (w *world) leading() (all []*process) {
	for _, p := range w.running {
		if p.leads.Load() {
			all = append(all, p)
		}
	}
	return all
}

// mode is what is wrong with a way to the API.
type mode int

const (
	works   mode = iota
	refuses      // nobody listens
	hangs        // packets are dropped
	mutes        // what is asked arrives, and is done; no answer comes back
	modes        // how many there are
)

// way is one process' way to the API.
type way struct {
	next upstream.Network

	mu    sync.Mutex
	mode  mode
	dials int
}

func (y *way) set(m mode) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.mode = m
}

func (y *way) dialed() int {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.dials
}

// DialContext implements upstream.Network.
func (y *way) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	y.mu.Lock()
	m := y.mode
	y.dials++
	y.mu.Unlock()
	switch m {
	case refuses:
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
	case hangs:
		<-ctx.Done()
		return nil, ctx.Err()
	}
	conn, err := y.next.DialContext(ctx, network, address)
	if err == nil && m == mutes {
		conn = muted{conn}
	}
	return conn, err
}

// muted is a connection from which nothing is heard.
type muted struct{ net.Conn }

// Read implements net.Conn.
func (c muted) Read(b []byte) (int, error) {
	for {
		if _, err := c.Conn.Read(b); err != nil && err != io.EOF {
			return 0, err
		} else if err == io.EOF {
			return 0, err
		}
	}
}

func (y *way) current() mode {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.mode
}

// writable reports whether a candidate could take the Lease if it were free.
func (w *world) writable() bool {
	_, other := w.spec()["holderIdentity"].(float64)
	return w.rights && !other
}
