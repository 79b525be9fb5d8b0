package homelab

import (
	"errors"
	"maps"
	"time"

	"homelab.io/vault-health-exporter/exporter/journal"
)

// Break breaks the named fault; one that is broken already stays so. The
// consequences follow when the copiers run next.
func (h *Homelab) Break(name string) error {
	_, err := find(name)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.active[name] {
		return nil
	}
	if name != tokenRotated { // an action is over when it is done
		h.active[name] = true
	}
	return errors.Join(h.settle(hooks[name].onBreak), h.do(reconnect(name)), h.lose(name))
}

// Heal undoes the named fault and runs the copiers once, so that a flow
// without other faults is green when it returns.
func (h *Homelab) Heal(name string) error {
	_, err := find(name)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.active[name] {
		delete(h.active, name)
		if err := errors.Join(h.settle(hooks[name].onHeal), h.do(reconnect(name)), h.lose(name)); err != nil {
			return err
		}
	}
	return h.sync()
}

// do does what a fault needs besides, if anything.
func (h *Homelab) do(then hook) error {
	if then == nil {
		return nil
	}
	return then(h)
}

// settle makes the servers follow the faults, then does what is left to do.
func (h *Homelab) settle(then hook) error {
	err := h.reconcile()
	if err != nil {
		return err
	}
	return h.do(then)
}

func restartDocker(h *Homelab) error { return h.dockerServer.restart() }

func (h *Homelab) rotateAndSync() error { return errors.Join(h.rotate(), h.sync()) }

// reconcile makes everything that does not ask the faults itself follow them:
// listeners, held requests, the KV secrets, the file and the revoked token. It
// runs after every change, so that no other change undoes a fault.
func (h *Homelab) reconcile() error {
	if h.active[nasSlow] && h.held == nil {
		h.held = make(chan struct{})
	}
	if !h.active[nasSlow] && h.held != nil {
		close(h.held)
		h.held = nil
	}
	if !h.active[fileStuck] {
		h.docker.file = h.current
	}
	if h.active[tokenRevoked] {
		h.nas.tokens.revoke(h.current)
		h.nas.tokens.revoke(h.previous)
	}
	h.settleUses()
	h.settleNASSecret()
	h.settleMainSecret()
	h.settleJournal()
	return errors.Join(
		listen(h.nasServer, !h.active[nasDown]),
		listen(h.dockerServer, !h.active[nasDown] && !h.active[dockerDown]),
		listen(h.kubeServer, !h.active[k8sDown]),
	)
}

func listen(s *server, up bool) error {
	if up {
		return s.up()
	}
	return s.down()
}

// published makes a token that a client wrote to the NAS Vault's secret the
// flow's own, as long as it works: a rotation need not be the homelab's.
func (h *Homelab) published(v *vaultNode, path string, version *kvVersion) {
	value, _ := version.data[tokenKey].(string)
	if v == h.nas && path == nasPath && value != h.current && v.tokens.lookup(value) != nil {
		h.previous, h.current = h.current, value
	}
}

// settleNASSecret makes the newest version of the NAS Vault's secret hold the
// current token, without its field, deleted or destroyed as the faults say.
func (h *Homelab) settleNASSecret() {
	newest := h.nas.kv.newest(nasPath)
	field, there := "", false
	if newest != nil {
		field, there = newest.data[tokenKey].(string)
	}
	current := there && field == h.current
	if h.active[kvKeyMissing] {
		current = newest != nil && !there
	}
	if !current || newest.destroyed && !h.active[kvDestroyed] {
		data := map[string]any{"created_at": vaultTime(time.Now()), "rotated_from": ""}
		if !h.active[kvKeyMissing] {
			data[tokenKey] = h.current
		}
		newest = h.nas.kv.put(nasPath, data)
	}
	newest.destroyed = h.active[kvDestroyed]
	newest.deletedNow(h.active[kvDeleted] && !newest.destroyed)
}

// settleMainSecret deletes or undeletes the copy in the main Vault.
func (h *Homelab) settleMainSecret() {
	if newest := h.main.kv.newest(mainPath); newest != nil {
		newest.deletedNow(h.active[mainKVDeleted])
	}
}

// settleJournal notes an open rotation beside the NAS Vault's secret, or none.
// What an administrator noted there besides stays.
func (h *Homelab) settleJournal() {
	notes := h.nas.notes[nasPath]
	if !h.active[rotationOpen] {
		maps.DeleteFunc(notes, func(key, _ string) bool { return key == h.open.Key() })
		h.open = journal.Entry{}
		return
	}
	if h.open == (journal.Entry{}) {
		h.open = journal.New("", time.Now().Add(-2*time.Hour))
	}
	if notes == nil {
		notes = map[string]string{}
		h.nas.notes[nasPath] = notes
	}
	notes[h.open.Key()] = h.open.Value()
}

// deletedNow deletes the version, or undeletes it; its data stays for that.
func (v *kvVersion) deletedNow(deleted bool) {
	switch {
	case !deleted:
		v.deleted = time.Time{}
	case v.deleted.IsZero():
		v.deleted = time.Now()
	}
}
