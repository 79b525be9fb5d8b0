package homelab

import (
	"net/http"
)

func vaultHeader() http.Header {
	return http.Header{
		"Cache-Control":             {"no-store"},
		"Content-Type":              {"application/json"},
		"Strict-Transport-Security": {"max-age=31536000; includeSubDomains"},
	}
}

func vaultJSON(status int, body any) reply {
	return reply{status: status, header: vaultHeader(), body: encode(body)}
}

func vaultErrors(status int, messages ...string) reply {
	return vaultJSON(status, map[string][]string{"errors": append([]string{}, messages...)})
}

func unsupported() reply {
	return vaultErrors(http.StatusMethodNotAllowed, "1 error occurred:\n\t* unsupported operation\n\n")
}

type envelope struct {
	RequestID     string   `json:"request_id"`
	LeaseID       string   `json:"lease_id"`
	Renewable     bool     `json:"renewable"`
	LeaseDuration int      `json:"lease_duration"`
	Data          any      `json:"data"`
	WrapInfo      any      `json:"wrap_info"`
	Warnings      []string `json:"warnings"`
	Auth          any      `json:"auth"`
	MountType     string   `json:"mount_type"`
}

func (e envelope) reply(status int) reply {
	e.RequestID = randomUUID()
	return vaultJSON(status, e)
}

func noContent() reply { return reply{status: http.StatusNoContent, header: vaultHeader()} }
