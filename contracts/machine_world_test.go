package contracts_test

import (
	"context"
	"time"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// world is a flow in memory: which generation of the token is where, what is
// broken, and how the two copiers' last runs ended. It is the system, as the
// exporter's checks find it, and it is the model, which knows what is true.
type world struct {
	nas, file, main, secret int
	// fault is the index of what is broken in worldFaults; -1 for nothing.
	fault int
	// brokerFailed and esoFailed say how the copiers' last runs ended.
	brokerFailed, esoFailed bool
}

// worldFault is one way to break the world: a fault of the catalogue, and what it
// does to the copiers here.
type worldFault struct {
	name string
	// fails are the hops whose checks fail at once, and hop is to blame.
	fails  map[flow.Hop]reason.Reason
	hop    flow.Hop
	reason reason.Reason
	copying
}

// copying is what a fault does to the copies.
type copying struct {
	// broker and eso say that the copier's runs fail; stopped that it has none.
	broker, eso, stopped bool
	// stuck says that a rotation does not reach the file.
	stuck bool
	// revoked says that the NAS Vault accepts no token of any generation.
	revoked bool
}

func worldFaultOf(name string, c copying) worldFault {
	f, _ := chaos.Find(name)
	w := worldFault{name: name, hop: f.Hop, reason: f.Reason, copying: c}
	w.fails, _ = f.Shown()
	if c.stuck || c.revoked { // what is seen of it follows from the copies
		w.fails = nil
	}
	if c.stuck {
		w.hop, w.reason = "", ""
	}
	return w
}

var worldFaults = []worldFault{
	worldFaultOf(chaos.DockerDown, copying{}),
	worldFaultOf(chaos.FileMissing, copying{}),
	worldFaultOf(chaos.FileMalformed, copying{}),
	worldFaultOf(chaos.FileStuck, copying{stuck: true}),
	worldFaultOf(chaos.NASSeal, copying{broker: true}),
	worldFaultOf(chaos.KVDeleted, copying{broker: true}),
	worldFaultOf(chaos.KVKeyMissing, copying{broker: true}),
	worldFaultOf(chaos.BrokerSuspended, copying{stopped: true}),
	worldFaultOf(chaos.MainSealed, copying{broker: true, eso: true}),
	worldFaultOf(chaos.ESOStopped, copying{eso: true}),
	worldFaultOf(chaos.SecretDeleted, copying{}),
	worldFaultOf(chaos.PKIForbidden, copying{}),
	worldFaultOf(chaos.TransitKeyMissing, copying{}),
	worldFaultOf(chaos.TokenRevoked, copying{revoked: true}),
}

func (w world) broken() worldFault {
	if w.fault < 0 {
		return worldFault{}
	}
	return worldFaults[w.fault]
}

// rotate makes a new token; the one before it works until the next rotation.
func (w world) rotate() world {
	w.nas++
	if !w.broken().stuck {
		w.file = w.nas
	}
	return w
}

// sync runs both copiers once.
func (w world) sync() world {
	f := w.broken()
	if !f.stopped {
		w.brokerFailed = f.broker
		if !f.broker {
			w.main = w.nas
		}
	}
	w.esoFailed = f.eso
	if !f.eso {
		w.secret = w.main
	}
	return w
}

func (w world) heal() world {
	w.fault, w.file = -1, w.nas
	return w.sync()
}

// delivers reports whether applications have a working token: the Secret can
// be read and the NAS Vault, where it can be asked, accepts what is in it.
func (w world) delivers() bool {
	f := w.broken()
	if f.fails[flow.K8sSecret] != "" {
		return false
	}
	if f.fails[flow.NASVault] != "" {
		return true // nobody can tell; it is served all the same
	}
	return !f.revoked && w.nas-w.secret <= 1
}

// quiet reports whether nothing is wrong anywhere. A fault that no hop shows
// only matters at the next rotation.
func (w world) quiet() bool {
	f := w.broken()
	return len(f.fails) == 0 && !f.revoked && w.nas == w.file && w.nas == w.main && w.nas == w.secret && !w.brokerFailed && !w.esoFailed
}

// checks are the exporter's checks of the world behind w.
func checks(w *world) []hop.Hop {
	var hops []hop.Hop
	for _, e := range flow.Entries() {
		hops = append(hops, hop.Hop{Name: e.Hop, Check: func(context.Context) (hop.Reading, error) { return w.look(e.Hop) }})
	}
	return hops
}

// look is one check.
func (w *world) look(h flow.Hop) (r hop.Reading, err error) {
	if why := w.broken().fails[h]; why != "" {
		return r, reason.Errorf(why, "looking")
	}
	held := map[flow.Hop]int{flow.DockerExec: w.file, flow.NASKV: w.nas, flow.MainKV: w.main, flow.K8sSecret: w.secret}
	switch h {
	case flow.DockerExec, flow.NASKV, flow.MainKV, flow.K8sSecret:
		r.Token, err = token.Parse([]byte(generation(held[h])))
	case flow.NASVault, flow.MainVault:
		r.Vault = &upstream.VaultState{Initialized: true, Version: "1.21.0"}
	case flow.Broker:
		r.Broker = &hop.BrokerState{LastSuccess: time.Now()}
		if w.brokerFailed {
			err = reason.Errorf(reason.JobFailed, "looking")
		}
	case flow.ExternalSecret:
		r.External = &hop.ExternalState{Ready: !w.esoFailed, Refreshed: time.Now()}
		if w.esoFailed {
			err = reason.Errorf(reason.NotReady, "looking")
		}
	case flow.Token:
		r.Auth = &upstream.TokenState{Valid: !w.broken().revoked && w.nas-w.secret <= 1, Root: true}
		if !r.Auth.Valid {
			err = reason.Errorf(reason.Revoked, "looking")
		}
	}
	return r, err
}
