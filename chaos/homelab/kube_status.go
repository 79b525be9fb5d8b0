package homelab

import "net/http"

// status is the object with which Kubernetes refuses.
type status struct {
	Kind       string   `json:"kind"`
	APIVersion string   `json:"apiVersion"`
	Metadata   struct{} `json:"metadata"`
	Status     string   `json:"status"`
	Message    string   `json:"message"`
	Reason     string   `json:"reason"`
	Details    *details `json:"details,omitempty"`
	Code       int      `json:"code"`
}

type details struct {
	Name  string `json:"name,omitempty"`
	Group string `json:"group,omitempty"`
	Kind  string `json:"kind,omitempty"`
}

func (s status) reply() reply {
	s.Kind, s.APIVersion, s.Status = "Status", "v1", "Failure"
	answer := kubeJSON(s.Code, s)
	if s.Code == http.StatusForbidden {
		answer.header.Set("X-Content-Type-Options", "nosniff")
	}
	return answer
}
