package upstream

import "context"

const (
	// ordinaryBytes is what most replies are smaller than, and every Vault's.
	ordinaryBytes = maxSecretBytes
	// maxLarge is how many replies may be larger than that at a time. Each is
	// bounded, and yet every check of every flow may be sent one at once.
	maxLarge = 2
)

var large = make(chan struct{}, maxLarge)

// turn is that of one reply among those that are large. Who waits for it does so
// within its check's time, and holds nobody up whose reply is ordinary.
type turn struct {
	ctx  context.Context
	read int64
	mine bool
}

// take returns once the reply is ordinary or it is its turn.
func (t *turn) take() error {
	if t.mine || t.read <= ordinaryBytes {
		return nil
	}
	select {
	case large <- struct{}{}:
		t.mine = true
		return nil
	case <-t.ctx.Done():
		return t.ctx.Err()
	}
}

// give lets the next one.
func (t *turn) give() {
	if t.mine {
		t.mine = false
		<-large
	}
}
