package homelab

import (
	"crypto/subtle"
	"slices"
)

// Rule is what a role allows in the flow's namespace: verbs on resources, by
// their names in messages ("events", "cronjobs.batch"), and where objects are
// named on those only.
type Rule struct{ Verbs, Resources, Names []string }

func (r Rule) allows(verb, resource, name string) bool {
	return slices.Contains(r.Verbs, verb) && slices.Contains(r.Resources, resource) &&
		(len(r.Names) == 0 || slices.Contains(r.Names, name))
}

// account is a ServiceAccount of the flow's namespace, with its rights.
type account struct {
	user   string // its name in messages
	bearer string
	rules  []Rule
}

// exporterRules are the rights of the shipped role.
var exporterRules = []Rule{
	{Verbs: []string{"get"}, Resources: []string{"secrets", "cronjobs.batch", "externalsecrets.external-secrets.io"}},
	{Verbs: []string{"list"}, Resources: []string{"jobs.batch"}},
}

// allows reports whether the account may; nobody is who sent no token.
func (c *cluster) allows(who *account, verb, resource, ns, name string) bool {
	if who == nil || ns != namespace || who.user == serviceAccount && c.lab.active[k8sForbidden] {
		return false
	}
	return slices.ContainsFunc(who.rules, func(r Rule) bool { return r.allows(verb, resource, name) })
}

// whose returns the account that a token authenticates, nil for none.
func (c *cluster) whose(bearer string) *account {
	for _, known := range c.accounts {
		if subtle.ConstantTimeCompare([]byte(bearer), []byte(known.bearer)) == 1 {
			return known
		}
	}
	return nil
}

// GrantRole gives a ServiceAccount these rights and no others, makes it where it
// is not there yet, and returns the token that authenticates it.
func (h *Homelab) GrantRole(name string, rules ...Rule) (bearer string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known := h.kube.accounts[name]
	if known == nil {
		user := "system:serviceaccount:" + namespace + ":" + name
		known = &account{user: user, bearer: newServiceAccountToken(kubernetesAudience, user)}
		h.kube.accounts[name] = known
	}
	known.rules = rules
	return known.bearer
}
