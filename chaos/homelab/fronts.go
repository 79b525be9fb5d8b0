package homelab

import (
	"crypto/tls"
	"fmt"
	"net/http"

	"homelab.io/vault-health-exporter/chaos"
)

// shakeHands is the configuration of a server's TLS for one client.
type shakeHands = func(*tls.ClientHelloInfo) (*tls.Config, error)

// answering are the answers of what stands before a server.
var answering = map[chaos.Answer]func(chaos.Link) reply{
	chaos.Redirects: func(chaos.Link) reply {
		return reply{status: http.StatusFound, header: http.Header{"Location": {"https://sign-in.invalid/"}}}
	},
	chaos.ShowsPage:    func(chaos.Link) reply { return signInPage() },
	chaos.BadGateway:   func(chaos.Link) reply { return proxyPage(http.StatusBadGateway) },
	chaos.Refuses:      func(chaos.Link) reply { return proxyPage(http.StatusForbidden) },
	chaos.Unauthorizes: func(l chaos.Link) reply { return inOwnWords(l, http.StatusUnauthorized, "Unauthorized") },
	chaos.Throttles:    func(l chaos.Link) reply { return inOwnWords(l, http.StatusTooManyRequests, "TooManyRequests") },
	chaos.Puzzles:      func(l chaos.Link) reply { return inOwnWords(l, http.StatusMethodNotAllowed, "MethodNotAllowed") },
	chaos.Trips: func(chaos.Link) reply {
		return reply{status: http.StatusServiceUnavailable, header: http.Header{"Server": {"envoy"}, "Content-Type": {"text/plain"}}, body: []byte("no healthy upstream")}
	},
	chaos.CutsShort: func(chaos.Link) reply {
		return reply{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json"}, "Content-Length": {"400"}}, body: []byte(`{"data":`)}
	},
}

func proxyPage(status int) reply {
	return reply{
		status: status, header: http.Header{"Content-Type": {"text/html"}},
		body: fmt.Appendf(nil, "<html><head><title>%d %s</title></head></html>\n", status, http.StatusText(status)),
	}
}

// inOwnWords is a refusal in the form of the server's own.
func inOwnWords(link chaos.Link, code int, word string) reply {
	switch link {
	case chaos.LinkDocker:
		return dockerError(code, "%s", word)
	case chaos.LinkKubernetes:
		return status{Code: code, Reason: word, Message: word}.reply()
	}
	return vaultErrors(code, word)
}

// front is what stands before the server now, nil for nothing.
func (h *Homelab) front(link chaos.Link) *chaos.Front {
	if len(h.active) == 0 {
		return nil
	}
	for name, front := range fronts {
		if front.Link == link && h.active[name] {
			return front
		}
	}
	return nil
}

// fronts are what faults put before servers, by the fault's name.
var fronts = func() map[string]*chaos.Front {
	byName := map[string]*chaos.Front{}
	for _, f := range chaos.Faults() {
		if f.Front != nil {
			byName[f.Name] = f.Front
		}
	}
	return byName
}()

// behind puts before a server what a fault has stand there.
func (h *Homelab) behind(link chaos.Link, server http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		front := h.front(link)
		h.mu.Unlock()
		if front == nil || front.Handshakes() || front.SparesHealth && r.URL.Path == "/v1/sys/health" {
			server.ServeHTTP(w, r)
			return
		}
		_ = readBody(r)
		answering[front.Does](link).write(w)
	})
}

// greeting shakes hands as what stands before a server does.
func (h *Homelab) greeting(link chaos.Link, server shakeHands) shakeHands {
	return func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		config, err := server(hello)
		h.mu.Lock()
		defer h.mu.Unlock()
		front := h.front(link)
		if err != nil || front == nil {
			return config, err
		}
		if other, ok := h.pki.others[front.Does]; ok {
			config.Certificates = []tls.Certificate{other}
		}
		switch front.Does {
		case chaos.TLSOld:
			config.MinVersion, config.MaxVersion = tls.VersionTLS11, tls.VersionTLS11 // #nosec G402 -- a fault to be seen
		case chaos.WantsCert:
			config.ClientAuth, config.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12 // #nosec G402 -- see dockerTLS
		}
		return config, nil
	}
}

// reconnect ends the connections of the servers whose handshakes change.
func reconnect(name string) hook {
	front := fronts[name]
	if front == nil || !front.Handshakes() {
		return nil
	}
	return func(h *Homelab) error {
		server := map[chaos.Link]*server{
			chaos.LinkDocker: h.dockerServer, chaos.LinkNASVault: h.nasServer,
			chaos.LinkMainVault: h.mainServer, chaos.LinkKubernetes: h.kubeServer,
		}[front.Link]
		now := h.front(front.Link)
		server.plain = now != nil && now.Does == chaos.NoTLS
		return server.restart()
	}
}
