// Package lab starts the real components of one NAS → applications token flow
// in containers, breaks them on request, and removes them without a trace.
//
// Nothing on the flow is mocked. Where an official image cannot be had, the
// package images says what stands in for it.
package lab

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/testcontainers/testcontainers-go/log"
	"golang.org/x/sync/errgroup"

	"homelab.io/vault-health-exporter/e2e/images"
)

const (
	startTimeout = 5 * time.Minute
	closeTimeout = time.Minute
)

// Options are the choices of whoever starts a lab.
type Options struct {
	// Out gets the images, the phases with their times, and nothing secret.
	Out io.Writer
	// Logs is the folder for the containers' logs when the start fails; empty
	// drops them.
	Logs string
	// Lanes is how many copies of the shipped flow run beside it, at most MaxLanes.
	Lanes int
	// Coverage has the shipped programs built so that they count what of them is
	// run; see Lab.Coverage.
	Coverage bool
}

// Lab is a running lab. Its methods are safe for concurrent use, except that
// two of them should not change the same thing at the same time.
type Lab struct {
	id     string
	out    io.Writer
	engine *engine
	state  string
	// repository is where the programs are built from, and shipped the folder
	// of its manifests.
	repository, shipped string
	cluster             cluster
	network             network
	images              map[string]string
	secrets             secrets
	nas                 *vaultServer
	main                *vaultServer
	links               links
	timeline            *timeline
	// served is how long it took from empty Vaults to an application that is served.
	served time.Duration
	// lanes is how many flows there are beside the shipped one, and lane which of
	// them this is the view of.
	lanes, lane int
	coverage    bool
	// stopSchedule ends what starts the lanes' Jobs; nil where nothing does.
	stopSchedule context.CancelFunc

	// prometheus, pager and collector are URLs; the others are the ids of containers.
	prometheus, pager, collector, k3s string
}

// Start starts a lab and returns when all of it works. When it fails, or when
// ctx ends, nothing is left behind.
func Start(ctx context.Context, options Options) (started *Lab, err error) {
	configureTestcontainers()
	docker, err := newEngine(ctx)
	if err != nil {
		return nil, err
	}
	err = docker.mustBeFree(ctx)
	if err != nil {
		return nil, err
	}
	if options.Lanes > MaxLanes {
		return nil, fmt.Errorf("starting a lab: got %d lanes, want at most %d", options.Lanes, MaxLanes)
	}
	l := &Lab{
		id: newID(), out: options.Out, engine: docker, timeline: &timeline{out: options.Out, began: time.Now()},
		nas: &vaultServer{}, main: &vaultServer{}, lanes: options.Lanes, coverage: options.Coverage,
	}
	// Deferred, so that it also happens after a panic.
	defer func() {
		if started == nil {
			err = errors.Join(err, l.Close(context.WithoutCancel(ctx)))
		}
	}()
	startCtx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err = l.start(startCtx)
	if err != nil && options.Logs != "" {
		err = errors.Join(err, l.Logs(context.WithoutCancel(ctx), options.Logs))
	}
	if err != nil {
		return nil, err
	}
	ctx, l.stopSchedule = context.WithCancel(context.WithoutCancel(ctx))
	go l.keepSchedule(ctx)
	return l, nil
}

// Served is how long it took, when the lab was started, from empty Vaults to an
// application that was served.
func (l *Lab) Served() time.Duration { return l.served }

// start brings the components up, each as soon as what it needs is there.
func (l *Lab) start(ctx context.Context) error {
	err := l.prepare(ctx)
	if err != nil {
		return err
	}
	servers, serversCtx := errgroup.WithContext(ctx)
	servers.Go(func() error { return l.startVaults(serversCtx) })
	servers.Go(func() error { return l.phase(serversCtx, "K3s", l.startK3s) })
	servers.Go(func() error { return l.phase(serversCtx, "Docker fronts", l.inEveryLane((*Lab).startDockerFront)) })
	servers.Go(func() error { return l.phase(serversCtx, "Alertmanager", l.startAlerting) })
	servers.Go(func() error { return l.phase(serversCtx, "collector", l.startCollector) })
	err = servers.Wait()
	if err != nil {
		return err
	}
	empty := time.Now() // the Vaults are
	for _, next := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"namespace", l.prepareNamespace},
		{"Vaults set up", l.setUpVaults},
		{"flow", l.startFlow},
		{"lanes", l.startLanes},
		{"consumer", func(ctx context.Context) error {
			err := l.startConsumer(ctx)
			l.served = time.Since(empty)
			return err
		}},
		// Last, so that its counters hold no failure of the start.
		{"exporter", l.startExporter},
	} {
		err = l.phase(ctx, next.name, next.run)
		if err != nil {
			return err
		}
	}
	err = l.keepLab()
	if err != nil {
		return err
	}
	l.timeline.finish()
	return nil
}

// prepare does what needs no container.
func (l *Lab) prepare(ctx context.Context) error {
	var err error
	l.state, err = os.MkdirTemp("", statePrefix)
	if err != nil {
		return fmt.Errorf("making the lab's folder: %w", err)
	}
	l.repository, err = images.Repository(ctx)
	if err != nil {
		return err
	}
	l.shipped = filepath.Join(l.repository, "deploy")
	err = l.phase(ctx, "images found", l.resolveImages)
	if err != nil {
		return err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return l.phase(groupCtx, "own image built", l.buildImage) })
	group.Go(func() error { return l.createNetwork(groupCtx) })
	group.Go(l.issueCertificates)
	return group.Wait()
}

// startVaults starts the two Vaults, what lies between them, and what needs
// the token to exist.
func (l *Lab) startVaults(ctx context.Context) error {
	first, firstCtx := errgroup.WithContext(ctx)
	first.Go(func() error { return l.phase(firstCtx, "links", l.startLinks) })
	first.Go(func() error { return l.phase(firstCtx, "NAS Vault", l.startNASVault) })
	err := first.Wait()
	if err != nil {
		return err
	}
	second, secondCtx := errgroup.WithContext(ctx)
	second.Go(func() error { return l.phase(secondCtx, "NAS containers", l.inEveryLane((*Lab).startNASContainer)) })
	second.Go(func() error { return l.phase(secondCtx, "main Vault", l.startMainVault) })
	return second.Wait()
}

// Close removes all of the lab, whatever state it is in.
func (l *Lab) Close(ctx context.Context) error {
	if l.stopSchedule != nil {
		l.stopSchedule()
	}
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	err := l.engine.remove(ctx, l.id)
	if l.state != "" {
		err = errors.Join(err, os.RemoveAll(l.state))
	}
	return err
}

// configureTestcontainers says what the lab relies on, whatever the caller's
// environment: it removes its containers itself, because Ryuk would end a lab
// that is to stay up, and its ports are published on the loopback address.
func configureTestcontainers() {
	os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	os.Setenv("TESTCONTAINERS_HOST_OVERRIDE", loopback)
	log.SetDefault(silent{})
}

func newID() string {
	random := make([]byte, 3)
	// Never fails; crypto/rand crashes the program instead.
	_, _ = rand.Read(random)
	return hex.EncodeToString(random)
}
