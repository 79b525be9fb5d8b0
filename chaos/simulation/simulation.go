// Package simulation runs the real exporter against the embedded homelab in
// virtual time, over a network in memory: days pass in seconds, and nothing waits
// for a wall clock. What was done and what was seen is a history, which the
// oracle judges.
package simulation

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/chaos/homelab"
	"homelab.io/vault-health-exporter/chaos/network"
	"homelab.io/vault-health-exporter/chaos/oracle"
	"homelab.io/vault-health-exporter/exporter"
	"homelab.io/vault-health-exporter/exporter/config"
	"homelab.io/vault-health-exporter/exporter/discovery"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Pace is that of production.
var Pace = oracle.Pace{Interval: 30 * time.Second, Timeout: 5 * time.Second, Scrape: 30 * time.Second, Copiers: 5 * time.Minute}

// mark is in every token, so that it is found wherever it should not be.
const mark = "SIMULATED"

// tokenTTL is for how long a token lives where a script says nothing of it. A rotation comes before its
// end, as a flow's rotation has to.
const tokenTTL = 24 * time.Hour

// Scraped is one scrape, nothing where the exporter did not answer.
type Scraped struct {
	At       time.Time
	Since    time.Duration // since the run began
	Families []*dto.MetricFamily
}

// Options are the choices of a run.
type Options struct {
	// TLS has the servers speak TLS, which costs most of the time of a run and is
	// the matter of few faults.
	TLS bool
	// Copiers is the time between two runs of the copiers; zero is that of Pace.
	Copiers time.Duration
	// At are times since the run began of scrapes beside those of the pace, in their
	// order.
	At []time.Duration
	// Flow, where set, makes the exporter's flow another than the whole one.
	Flow func(*config.Flow)
	// Watch, where set, is told of every scrape, and may be outside of the
	// virtual time.
	Watch func(Scraped)
	// Seen, where set, is given what each scrape said, of which the history then has
	// none: it would grow with a run of years.
	Seen func(oracle.Scrape)
}

// Run plays the script on a new homelab with a new exporter, and returns what
// happened. The test fails where the run could not be made.
func Run(t *testing.T, script Script, options Options) (h oracle.History) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { h = play(t, dir, script, options) })
	return h
}

func play(t *testing.T, dir string, script Script, options Options) oracle.History {
	w := &world{began: time.Now(), network: new(network.Network), links: links{}, shape: options.Flow, watch: options.Watch, seen: options.Seen, log: &leakfinder{}}
	w.history.Pace = Pace
	if w.seen == nil {
		w.seen = w.keep
	}
	w.history.Copiers = cmp.Or(options.Copiers, Pace.Copiers)
	w.history.TokenTTL = script.lives()
	home, err := homelab.Start(filepath.Join(dir, "home"), homelab.Options{
		Interval: Pace.Interval, Timeout: Pace.Timeout, TokenTTL: w.history.TokenTTL, CopyInterval: w.history.Copiers, Network: w.network, Mark: mark, Plain: !options.TLS,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.home, w.file = home, filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(w.file, home.Config(), 0o600); err != nil {
		t.Fatal(err)
	}
	w.start()
	var watching sync.WaitGroup
	over := make(chan struct{})
	watching.Go(func() { w.scrapeForever(over) })
	watching.Go(func() { w.askForever(over) })
	watching.Go(func() { w.scrapeAt(options.At) })
	for _, step := range script {
		if err := w.do(step); err != nil {
			t.Fatal(err)
		}
	}
	close(over)
	watching.Wait()
	w.stop()
	time.Sleep(time.Minute) // crypto/tls says goodbye for some seconds
	w.history.Left = w.network.Open()
	if err := home.Close(); err != nil {
		t.Error(err)
	}
	w.act(oracle.End, "")
	if w.log.found {
		t.Error("got bytes of a token in the log")
	}
	return w.history
}

// world is one run.
type world struct {
	began   time.Time
	network *network.Network
	home    *homelab.Homelab
	file    string // the exporter's configuration
	links   links
	shape   func(*config.Flow)
	watch   func(Scraped)
	seen    func(oracle.Scrape)
	log     *leakfinder

	exporter *exporter.Exporter
	cancel   context.CancelFunc
	ended    chan error

	mu      sync.Mutex
	history oracle.History
	last    map[string]*float64 // counters at the last scrape of this exporter
}

func (w *world) since() time.Duration { return time.Since(w.began) }

func (w *world) act(verb oracle.Verb, fault string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.history.Acts = append(w.history.Acts, oracle.Act{At: w.since(), Verb: verb, Fault: fault})
}

// start starts an exporter that has seen nothing.
func (w *world) start() {
	ctx, cancel := context.WithCancel(upstream.Over(context.Background(), w.network))
	load := func() (*config.Config, error) {
		cfg, err := config.Load(w.file)
		if err == nil && w.shape != nil {
			w.shape(&cfg.Flows[0])
		}
		return cfg, err
	}
	e := exporter.New(discovery.New(load, nil), prometheus.NewRegistry(), nil, slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.exporter, w.cancel, w.ended, w.last = e, cancel, ended, map[string]*float64{}
}

// stop stops the exporter and waits for it.
func (w *world) stop() {
	w.cancel()
	<-w.ended
}

// do does one step.
func (w *world) do(s Step) error {
	if s.Do != oracle.Wait {
		w.act(s.Do, s.Fault)
	}
	switch s.Do {
	case oracle.Break, oracle.Heal:
		return w.fault(s.Do, s.Fault)
	case oracle.Rotate:
		return w.home.Rotate()
	case oracle.Restart:
		w.stop()
		w.start()
	case oracle.Wait:
		time.Sleep(s.For)
	}
	return nil
}

// fault breaks or heals, in the flow or on the network.
func (w *world) fault(do oracle.Verb, name string) error {
	at := slices.IndexFunc(simulated, func(f chaos.Fault) bool { return f.Name == name })
	if link := simulated[at].Link; link != nil {
		for _, l := range link.Links {
			if err := w.network.Disturb(w.home.Addresses()[l], w.links.toxic(do, l, simulated[at])); err != nil {
				return err
			}
		}
		return nil
	}
	if do == oracle.Break {
		return w.home.Break(name)
	}
	return w.home.Heal(name)
}

var simulated = chaos.Simulated()

// askForever notes when what applications get changes.
func (w *world) askForever(over <-chan struct{}) {
	every(over, time.Second, func() {
		works := w.home.Delivers()
		w.mu.Lock()
		defer w.mu.Unlock()
		if n := len(w.history.Delivery); n == 0 || w.history.Delivery[n-1].Works != works {
			w.history.Delivery = append(w.history.Delivery, oracle.Delivery{At: w.since(), Works: works})
		}
	})
}

// every does something now and again, until it is over.
func every(over <-chan struct{}, d time.Duration, do func()) {
	ticker := time.NewTicker(d)
	defer ticker.Stop()
	for {
		do()
		select {
		case <-ticker.C:
		case <-over:
			return
		}
	}
}

// leakfinder is a log that keeps nothing but whether a token was in it.
type leakfinder struct {
	mu    sync.Mutex
	found bool
}

var _ io.Writer = (*leakfinder)(nil)
