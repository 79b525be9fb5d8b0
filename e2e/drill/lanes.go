package drill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// Lanes is how many lanes a lab has in which faults are played.
const Lanes = 6

// Shuffle puts faults in the order of a seed; zero leaves them in the catalogue's.
func Shuffle(faults []chaos.Fault, seed uint64) {
	if seed != 0 {
		order := rand.New(rand.NewPCG(seed, 0)) // #nosec G404 -- an order that can be had again, and no secret
		order.Shuffle(len(faults), func(i, k int) { faults[i], faults[k] = faults[k], faults[i] })
	}
}

// Playing is faults that are being played in the lanes of a lab, side by side.
type Playing struct {
	engine Engine
	// alone are the faults for which the lanes have to be done.
	alone []chaos.Fault
	// lanes are the engines of the lab's lanes, or of the shipped flow where there
	// are none.
	lanes  []*Engine
	used   []*Traffic
	ended  sync.WaitGroup
	cancel context.CancelFunc

	mutex   sync.Mutex
	paged   []chaos.Fault // those of the lanes whose pager is waited for, the longest first
	rest    []chaos.Fault
	results []Result
	failed  error
}

// Begin begins to play faults. Each lane plays one fault after another that is of
// its own flow alone; the shipped flow is left to others. The engine is
// what all of them are like.
func Begin(ctx context.Context, like Engine, faults []chaos.Fault) (*Playing, error) {
	ctx, cancel := context.WithCancel(ctx)
	like.looks = &scrapes{}
	p := &Playing{engine: like, cancel: cancel}
	for _, f := range faults {
		switch {
		case f.Lab.Alone || like.Lab.Lanes() == 0:
			p.alone = append(p.alone, f)
		case like.Pager && f.Lab.Paged:
			p.paged = append(p.paged, f)
		default:
			p.rest = append(p.rest, f)
		}
	}
	slices.SortStableFunc(p.paged, func(a, b chaos.Fault) int { return cmp.Compare(length(*b.Lab), length(*a.Lab)) })
	for lane := 1; lane <= like.Lab.Lanes(); lane++ {
		engine, err := p.add(ctx, like.Lab.Lane(lane))
		if err != nil {
			cancel()
			return nil, err
		}
		p.lanes = append(p.lanes, engine)
	}
	for i, engine := range p.lanes {
		// A pager that is to be told of what is played alone has to have been told of
		// nothing else shortly before, so the last lane plays nothing that nobody
		// waits for.
		kept := i == len(p.lanes)-1 && p.quiet()
		p.ended.Go(func() { p.run(ctx, engine, kept) })
	}
	return p, nil
}

// quiet says whether the pager is waited for of a fault that is played alone.
func (p *Playing) quiet() bool {
	return len(p.lanes) > 1 && slices.ContainsFunc(p.alone, p.isPaged)
}

func (p *Playing) isPaged(f chaos.Fault) bool { return p.engine.Pager && f.Lab.Paged }

// add makes the engine of one flow, and its application.
func (p *Playing) add(ctx context.Context, view *lab.Lab) (*Engine, error) {
	traffic, err := StartTraffic(ctx, view, Period*time.Duration(max(1, p.engine.Lab.Lanes())))
	if err != nil {
		return nil, err
	}
	p.used = append(p.used, traffic)
	engine := p.engine
	engine.Lab, engine.Traffic = view, []*Traffic{traffic}
	return &engine, nil
}

func (p *Playing) run(ctx context.Context, engine *Engine, pagedOnly bool) {
	for ctx.Err() == nil {
		var names []string
		if engine.Pager {
			var err error
			names, err = engine.remembered(ctx, silent)
			if err != nil {
				p.fail(engine, err)
				return
			}
		}
		f, ok := p.next(len(names) == 0, pagedOnly)
		if !ok || !p.play(ctx, engine, f) {
			return
		}
	}
}

// next takes the next fault of the lanes. Where it is not silent one comes first, if
// there is one, that need not be waited for.
func (p *Playing) next(silent, pagedOnly bool) (f chaos.Fault, ok bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	from := &p.paged
	if !pagedOnly && len(p.rest) > 0 && (len(p.paged) == 0 || !silent) {
		from = &p.rest
	}
	if len(*from) == 0 {
		return f, false
	}
	f, *from = (*from)[0], (*from)[1:]
	return f, true
}

// play plays a fault; after an error of the lab no other may be played.
func (p *Playing) play(ctx context.Context, engine *Engine, f chaos.Fault) bool {
	result, err := engine.Play(ctx, f)
	p.mutex.Lock()
	p.results = append(p.results, result)
	p.mutex.Unlock()
	if err != nil {
		p.fail(engine, err)
	}
	return err == nil
}

// fail ends all lanes.
func (p *Playing) fail(engine *Engine, err error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.failed = errors.Join(p.failed, fmt.Errorf("%s: %w", engine.Lab.Flow(), err))
	p.cancel()
}

// Wait returns the results once all was played, those faults last that are played
// alone. They are looked for on a lane too: of what was done to the shipped flow
// meanwhile nothing is known here. It ends the applications.
func (p *Playing) Wait(ctx context.Context) (results []Result, used Uses, err error) {
	p.ended.Wait()
	defer p.cancel()
	if len(p.lanes) == 0 {
		shipped, err := p.add(ctx, p.engine.Lab)
		if err != nil {
			return p.results, used, err
		}
		p.lanes = append(p.lanes, shipped)
	}
	slices.SortStableFunc(p.alone, func(a, b chaos.Fault) int { return cmp.Compare(boolean(p.isPaged(b)), boolean(p.isPaged(a))) })
	for _, f := range p.alone {
		engine := p.lanes[0]
		if p.quiet() && p.isPaged(f) {
			engine = p.lanes[len(p.lanes)-1]
		}
		engine.Traffic = p.used // all applications notice it
		if p.failed != nil || ctx.Err() != nil || !p.play(ctx, engine, f) {
			break
		}
	}
	if p.failed == nil {
		p.failed = everySteady(ctx, p.engine.Lab)
	}
	for _, traffic := range p.used {
		used.add(traffic.Stop())
	}
	return p.results, used, errors.Join(p.failed, ctx.Err())
}

// Stop ends what is still played, undone, without its results.
func (p *Playing) Stop() {
	p.cancel()
	p.ended.Wait()
	for _, traffic := range p.used {
		traffic.Stop()
	}
}

func boolean(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
