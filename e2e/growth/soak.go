package growth

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// Fault is one that can be done and undone.
type Fault struct {
	Name        string
	Break, Heal func(context.Context) error
}

// Soak breaks and heals one fault after the other, at random, for so long, while
// it samples the process whose metrics are at url. say is told what happens.
func Soak(ctx context.Context, length time.Duration, seed uint64, url string, faults []Fault, say func(format string, args ...any)) ([]Sample, error) {
	random := rand.New(rand.NewPCG(seed, seed)) // #nosec G404 -- can be repeated
	say("soak: %s, seed %d, %d faults", length, seed, len(faults))
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { ended <- play(ctx, time.Now().Add(length), random, faults, say) }()
	var samples []Sample
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for {
		s, err := Read(ctx, url)
		if err != nil {
			cancel()
			<-ended
			return samples, err
		}
		samples = append(samples, s)
		select {
		case err := <-ended:
			return samples, err
		case <-tick.C:
		}
	}
}

// play ends with every fault healed.
func play(ctx context.Context, until time.Time, random *rand.Rand, faults []Fault, say func(format string, args ...any)) error {
	pause := func() {
		select {
		case <-ctx.Done():
		case <-time.After(2*time.Second + time.Duration(random.Int64N(int64(10*time.Second)))):
		}
	}
	for time.Now().Before(until) && ctx.Err() == nil {
		fault := faults[random.IntN(len(faults))]
		say("soak: %s", fault.Name)
		if err := fault.Break(ctx); err != nil {
			return fmt.Errorf("breaking %q: %w", fault.Name, err)
		}
		pause()
		if err := fault.Heal(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("healing %q: %w", fault.Name, err)
		}
		pause()
	}
	return ctx.Err()
}
