package flow

import "slices"

// Feed is where External Secrets takes the value of the Secret that applications
// read, as the cluster itself says it. It is a reading and no configuration: a
// store may be pointed elsewhere at any time. The zero Feed says nothing, and the
// map holds: the nearest copy that is configured.
type Feed struct {
	// Known says that the rest of it was learned.
	Known bool
	// Vault is the flow's Vault that the store points at; "" is any other server.
	Vault Hop
	// Copy is the copy in that Vault; "" is any other secret, which the exporter
	// does not read.
	Copy Hop
}

// The words of Feeds for what is no copy.
const (
	FeedAssumed   = "assumed"   // nothing was learned, and the map holds
	FeedElsewhere = "elsewhere" // the Secret is compared with no copy
)

// String is the feed in one word: the hop of the copy, or one of the words above.
func (f Feed) String() string {
	switch {
	case !f.Known:
		return FeedAssumed
	case f.Copy == "":
		return FeedElsewhere
	}
	return string(f.Copy)
}

// lookup returns the row of h, where the Secret is fed so.
func (f Feed) lookup(h Hop) Entry {
	e, _ := Lookup(h)
	if !f.Known {
		return e
	}
	switch h {
	case ExternalSecret:
		e.DependsOn, e.Needs = some(f.Vault), some(f.Copy)
	case K8sSecret:
		// Behind the copy that feeds it are those that the copy itself is made from.
		from := slices.Index(e.CopiesFrom, f.Copy)
		if from < 0 {
			from = len(e.CopiesFrom)
		}
		e.CopiesFrom = e.CopiesFrom[from:]
	}
	return e
}

// some is the list of one hop, or of none.
func some(h Hop) []Hop {
	if h == "" {
		return nil
	}
	return []Hop{h}
}

// leads reports whether the value at h passed through u, where the Secret is fed so.
func (f Feed) leads(u, h Hop) bool {
	return slices.ContainsFunc(f.lookup(h).Needs, func(need Hop) bool { return need == u || f.leads(u, need) })
}

// serves reports whether h works only as long as u does: by value, because it
// asks it, or because its work needs it.
func (f Feed) serves(u, h Hop) bool {
	e := f.lookup(h)
	return u == h || slices.ContainsFunc(slices.Concat(e.Needs, e.Asks, e.DependsOn), func(next Hop) bool { return f.serves(u, next) })
}

// Loss is what does not work while h is broken and applications are served from a
// copy. What the Secret is not fed through does not reach them in any case.
func (f Feed) Loss(h Hop) string {
	e, _ := Lookup(h)
	if e.Beside != "" && !f.serves(h, K8sSecret) {
		return e.Beside
	}
	return e.Loss
}
