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
	name, user string // user is its name in messages
	bearer     string // for this API
	jwt        string // for the Vaults' logins
	uid        string
	entityID   string // of whoever logs in with it
	rules      []Rule
}

// account returns the ServiceAccount with the name, and makes it where it is
// not there yet.
func (c *cluster) account(name string) *account {
	known := c.accounts[name]
	if known == nil {
		user := "system:serviceaccount:" + namespace + ":" + name
		known = &account{
			name: name, user: user, uid: randomUUID(), entityID: randomUUID(),
			bearer: newServiceAccountToken(kubernetesAudience, user), jwt: newServiceAccountToken("vault", user),
		}
		c.accounts[name] = known
	}
	return known
}

// exporterRules are the rights of the shipped role.
var exporterRules = []Rule{
	{Verbs: []string{"get"}, Resources: []string{"secrets", "cronjobs.batch", "externalsecrets.external-secrets.io", "secretstores.external-secrets.io"}},
	{Verbs: []string{"list"}, Resources: []string{"jobs.batch"}},
}

// allows reports whether the account may; nobody is who sent no token.
func (c *cluster) allows(who *account, verb, resource, ns, name string) bool {
	if who == nil || ns != namespace || who.name == exporterName && c.lab.active[k8sForbidden] {
		return false
	}
	return slices.ContainsFunc(who.rules, func(r Rule) bool { return r.allows(verb, resource, name) })
}

// whose returns the account that a token authenticates here, nil for none.
func (c *cluster) whose(bearer string) *account {
	for _, known := range c.accounts {
		if subtle.ConstantTimeCompare([]byte(bearer), []byte(known.bearer)) == 1 {
			return known
		}
	}
	return nil
}

// review returns the account whose token for the Vaults it is, nil for none.
func (c *cluster) review(jwt string) *account {
	for _, known := range c.accounts {
		if subtle.ConstantTimeCompare([]byte(jwt), []byte(known.jwt)) == 1 {
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
	known := h.kube.account(name)
	known.rules = rules
	return known.bearer
}

// ServiceAccountJWT returns the token with which a ServiceAccount, which it makes
// where it is not there yet, logs in at the Vaults.
func (h *Homelab) ServiceAccountJWT(name string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.kube.account(name).jwt
}
