package contracts_test

import (
	"context"
	"time"

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

// worldFault is one way to break the world.
type worldFault struct {
	name string
	// fails are the hops whose checks fail at once.
	fails map[flow.Hop]reason.Reason
	// broker and eso say that the copier's runs fail; stopped that it has none.
	broker, eso, stopped bool
	// stuck says that a rotation does not reach the file.
	stuck bool
	// revoked says that the NAS Vault accepts no token of any generation.
	revoked bool
	// hop is to blame.
	hop    flow.Hop
	reason reason.Reason
}

func at(hop flow.Hop, why reason.Reason) map[flow.Hop]reason.Reason {
	return map[flow.Hop]reason.Reason{hop: why}
}

var worldFaults = []worldFault{
	{name: "docker down", fails: at(flow.DockerExec, reason.ConnectRefused), hop: flow.DockerExec, reason: reason.ConnectRefused},
	{name: "file missing", fails: at(flow.DockerExec, reason.FileMissing), hop: flow.DockerExec, reason: reason.FileMissing},
	{name: "file malformed", fails: at(flow.DockerExec, reason.Malformed), hop: flow.DockerExec, reason: reason.Malformed},
	{name: "file stuck", stuck: true},
	{
		name: "NAS Vault sealed", broker: true, hop: flow.NASVault, reason: reason.Sealed,
		fails: map[flow.Hop]reason.Reason{
			flow.NASVault: reason.Sealed, flow.NASKV: reason.Sealed, flow.Token: reason.Sealed, flow.PKI: reason.Sealed, flow.Transit: reason.Sealed,
		},
	},
	{name: "NAS KV deleted", broker: true, fails: at(flow.NASKV, reason.SoftDeleted), hop: flow.NASKV, reason: reason.SoftDeleted},
	{name: "NAS KV field missing", broker: true, fails: at(flow.NASKV, reason.KeyMissing), hop: flow.NASKV, reason: reason.KeyMissing},
	{name: "broker suspended", stopped: true, fails: at(flow.Broker, reason.Suspended), hop: flow.Broker, reason: reason.Suspended},
	{
		name: "main Vault sealed", broker: true, eso: true, hop: flow.MainVault, reason: reason.Sealed,
		fails: map[flow.Hop]reason.Reason{flow.MainVault: reason.Sealed, flow.MainKV: reason.Sealed},
	},
	{name: "ExternalSecret not ready", eso: true, fails: at(flow.ExternalSecret, reason.NotReady), hop: flow.ExternalSecret, reason: reason.NotReady},
	{
		name: "Secret deleted", hop: flow.K8sSecret, reason: reason.NotFound,
		fails: map[flow.Hop]reason.Reason{flow.K8sSecret: reason.NotFound, flow.Token: reason.NotFound},
	},
	{name: "PKI role forbidden", fails: at(flow.PKI, reason.Forbidden), hop: flow.PKI, reason: reason.Forbidden},
	{name: "transit key missing", fails: at(flow.Transit, reason.NotFound), hop: flow.Transit, reason: reason.NotFound},
	{name: "token revoked", revoked: true, hop: flow.Token, reason: reason.Revoked},
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
