package leader

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"time"
)

// An identity is the host's name, which in a pod is the pod's, and a number that
// is made anew with the process: nobody else's Lease is taken for its own. What
// does not look like one is not shown.
var identityForm = regexp.MustCompile(`^([a-z0-9][a-z0-9.-]{0,252})_[0-9a-f]{8}$`)

func newIdentity() string {
	host, _ := os.Hostname() // "" is no name either
	number := make([]byte, 4)
	_, _ = rand.Read(number) // never fails
	suffix := "_" + hex.EncodeToString(number)
	if identity := strings.ToLower(host) + suffix; identityForm.MatchString(identity) {
		return identity
	}
	return "exporter" + suffix
}

// Standing is how a candidate stands in the election.
type Standing struct {
	// Leads says that it does what the leader does, and Holds that it has the Lease
	// for that. Without it others may lead at the same time.
	Leads, Holds bool
	// Leader is the host's name of the candidate for which this one stands by; ""
	// where it has seen none yet, or none that has the form of a candidate's.
	Leader string
}

// String says it in words that follow the name of who is meant.
func (s Standing) String() string {
	switch {
	case s.Leads && s.Holds:
		return "leads"
	case s.Leads:
		return "leads without the Lease, which it cannot get or renew; another one may lead, too"
	}
	if s.Leader == "" {
		return "stands by, and does not know who leads"
	}
	return "stands by while " + s.Leader + " leads"
}

func (s state) standing(now time.Time) Standing {
	standing := Standing{Leads: s.leads, Holds: s.holds() && now.Sub(s.since) < duration}
	if form := identityForm.FindStringSubmatch(s.seen.Holder); form != nil && !s.holds() {
		standing.Leader = form[1]
	}
	return standing
}
