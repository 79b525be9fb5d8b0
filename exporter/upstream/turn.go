package upstream

import (
	"context"
	"time"
)

const (
	// ordinaryBytes is what most replies are smaller than, and every Vault's.
	ordinaryBytes = maxSecretBytes
	// maxLarge is how many replies may be larger than that at a time. Each is
	// bounded, and yet every check of every flow may be sent one at once.
	maxLarge = 2
)

var large = make(chan struct{}, maxLarge)

// turn is that of one reply among those that are large. Who waits for it holds
// nobody up whose reply is ordinary, and waits for half of the time that is left
// to its check at most: servers that drip must not become another's timeout.
type turn struct {
	ctx         context.Context
	at          chan struct{} // takes as many as there are turns
	read        int64
	taken, mine bool
}

// take returns once the reply is ordinary, it is its turn, or it waited enough.
func (t *turn) take() error {
	if t.taken || t.read <= ordinaryBytes {
		return nil
	}
	if err := t.ctx.Err(); err != nil {
		return err
	}
	enough := make(<-chan time.Time)
	if deadline, ok := t.ctx.Deadline(); ok {
		timer := time.NewTimer(time.Until(deadline) / 2)
		defer timer.Stop()
		enough = timer.C
	}
	select {
	case t.at <- struct{}{}:
		t.mine = true
	case <-enough:
	case <-t.ctx.Done():
		return t.ctx.Err()
	}
	t.taken = true
	return nil
}

// give lets the next one.
func (t *turn) give() {
	if t.mine {
		t.mine = false
		<-t.at
	}
}
