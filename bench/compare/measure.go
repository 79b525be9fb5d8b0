package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/bench/process"
)

// scrapeInterval is how often Prometheus asks for what was measured.
const scrapeInterval = 15 * time.Second

// figures are what one measurement found of a program.
type figures struct {
	checks int64
	// perCheck is processor time, and connections how many were made for a check.
	perCheck    time.Duration
	connections float64
	resident    int64 // bytes
	// spoken is the protocol, and how keys were exchanged: who agrees to less pays less.
	spoken string
}

func (f figures) String() string {
	return fmt.Sprintf("%d checks, %.3f ms a check, %.2f connections a check, %.1f MiB, %s", f.checks, milliseconds(f.perCheck), f.connections, mebibytes(f.resident), f.spoken)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
func mebibytes(bytes int64) float64        { return float64(bytes) / (1 << 20) }

// measure has c check the Vaults for a while after it has settled, and reads what that cost from what
// the kernel and the Vaults counted.
func measure(ctx context.Context, c contender, v *vaults, folder string, settling, length time.Duration) (figures, error) {
	port, err := freePort()
	if err != nil {
		return figures{}, err
	}
	pid, stop, err := c.start(v, folder, port)
	if err != nil {
		return figures{}, err
	}
	defer stop()
	driven, end := context.WithCancel(ctx)
	var driving sync.WaitGroup
	driving.Go(func() { c.drive(driven, v, port) })
	defer driving.Wait()
	defer end()
	if err := process.Sleep(ctx, settling); err != nil {
		return figures{}, err
	}
	cpu, err := process.Time(pid)
	if err != nil {
		return figures{}, fmt.Errorf("%w: it ended, and said: %s", err, complaints(folder))
	}
	checks, connections := v.requests.Load(), v.connections.Load()
	if err := process.Sleep(ctx, length); err != nil {
		return figures{}, err
	}
	spent, err := process.Time(pid)
	if err != nil {
		return figures{}, fmt.Errorf("%w: it ended, and said: %s", err, complaints(folder))
	}
	checks, connections = v.requests.Load()-checks, v.connections.Load()-connections
	resident, err := process.Resident(pid)
	if err != nil {
		return figures{}, err
	}
	// Anything else would compare a program that does less.
	if want := int64(len(v.addresses)) * int64(length/time.Second); checks < want*9/10 || checks > want*11/10 {
		return figures{}, fmt.Errorf("counting its checks: got %d in %s, want about %d; it said: %s", checks, length, want, complaints(folder))
	}
	return figures{
		checks: checks, perCheck: (spent - cpu) / time.Duration(checks), connections: float64(connections) / float64(checks), resident: resident,
		spoken: v.spoken.Load().(string),
	}, nil
}

// drive does what Prometheus does until ctx ends: it has each Vault checked every
// second by a program that wants to be asked, and scrapes one that does not.
func (c contender) drive(ctx context.Context, v *vaults, port int) {
	base := fmt.Sprintf("http://127.0.0.1:%d", port)
	if c.asked == nil {
		for process.Sleep(ctx, scrapeInterval) == nil {
			ask(ctx, base+"/metrics")
		}
		return
	}
	var asking sync.WaitGroup
	defer asking.Wait()
	pace := time.NewTicker(time.Second / time.Duration(len(v.addresses)))
	defer pace.Stop()
	for next := 0; ; next = (next + 1) % len(v.addresses) {
		select {
		case <-ctx.Done():
			return
		case <-pace.C:
			asking.Go(func() { ask(ctx, base+c.asked(v, v.addresses[next])) })
		}
	}
}

// ask reads a reply and throws it away; what is not answered is missed where the
// checks are counted.
func ask(ctx context.Context, url string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

// complaints are the first of what the program wrote.
func complaints(folder string) string {
	content, _ := os.ReadFile(filepath.Join(folder, "contender.log"))
	return strings.TrimSpace(string(content[:min(len(content), 1000)]))
}
