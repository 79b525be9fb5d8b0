package homelab

import (
	"net/http"
	"strconv"
	"time"
)

type healthBody struct {
	Initialized                       bool   `json:"initialized"`
	Sealed                            bool   `json:"sealed"`
	Standby                           bool   `json:"standby"`
	PerformanceStandby                bool   `json:"performance_standby"`
	ReplicationPerformanceMode        string `json:"replication_performance_mode"`
	ReplicationDRMode                 string `json:"replication_dr_mode"`
	ServerTimeUTC                     int64  `json:"server_time_utc"`
	Version                           string `json:"version"`
	Enterprise                        bool   `json:"enterprise"`
	ClusterName                       string `json:"cluster_name,omitempty"`
	ClusterID                         string `json:"cluster_id,omitempty"`
	EchoDurationMillis                int64  `json:"echo_duration_ms"`
	ClockSkewMillis                   int64  `json:"clock_skew_ms"`
	ReplicationPrimaryCanaryAgeMillis int64  `json:"replication_primary_canary_age_ms"`
	HAConnectionHealthy               *bool  `json:"ha_connection_healthy,omitempty"`
	RemovedFromCluster                *bool  `json:"removed_from_cluster,omitempty"`
}

// healthCodes are the default status codes and the parameters that replace
// them. 472 and 473 belong to Enterprise: their parameters are checked, but no
// state here has them.
var healthCodes = []struct {
	parameter string
	code      int
}{
	{"uninitcode", http.StatusNotImplemented},
	{"sealedcode", http.StatusServiceUnavailable},
	{"standbycode", http.StatusTooManyRequests},
	{"activecode", http.StatusOK},
	{"drsecondarycode", 472},
	{"performancestandbycode", 473},
	{"haunhealthycode", 474},
	{"removedcode", 530},
}

// health answers sys/health.
func (v *vaultNode) health(r *http.Request, state condition) reply {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return vaultErrors(http.StatusMethodNotAllowed)
	}
	if state == failing {
		return vaultErrors(http.StatusInternalServerError)
	}
	query, codes := r.URL.Query(), map[string]int{}
	for _, c := range healthCodes {
		codes[c.parameter] = c.code
		if !query.Has(c.parameter) {
			continue
		}
		code, err := strconv.Atoi(query.Get(c.parameter))
		if err != nil {
			return vaultErrors(http.StatusBadRequest)
		}
		codes[c.parameter] = code
	}
	standbyOK := false
	if query.Has("standbyok") {
		var err error
		if standbyOK, err = strconv.ParseBool(query.Get("standbyok")); err != nil && query.Get("standbyok") != "" {
			return vaultErrors(http.StatusBadRequest)
		}
	}
	code := codes["activecode"]
	switch {
	case state == uninitialized:
		code = codes["uninitcode"]
	case state == sealed:
		code = codes["sealedcode"]
	case state == removed:
		code = codes["removedcode"]
	case state == cutOff:
		code = codes["haunhealthycode"]
	case (state == standby || state == forwarding || state == redirecting) && !standbyOK:
		code = codes["standbycode"]
	}
	return vaultJSON(code, v.healthBody(state))
}

func (v *vaultNode) healthBody(state condition) healthBody {
	body := healthBody{
		Initialized:                state != uninitialized,
		Sealed:                     state == sealed || state == uninitialized || state == removed,
		Standby:                    state != serving, // a sealed Vault calls itself a standby too
		ReplicationPerformanceMode: "unknown",
		ReplicationDRMode:          "unknown",
		ServerTimeUTC:              time.Now().Add(v.skew()).UTC().Unix(),
		Version:                    v.version(),
	}
	if state == serving {
		body.ReplicationPerformanceMode, body.ReplicationDRMode = "disabled", "disabled"
	}
	if !body.Sealed {
		body.ClusterName, body.ClusterID = v.clusterName(), v.clusterID
	}
	yes, no := true, false
	switch state {
	case cutOff:
		body.HAConnectionHealthy = &no
	case removed:
		body.RemovedFromCluster = &yes
	}
	return body
}

func (v *vaultNode) clusterName() string { return "vault-cluster-" + v.clusterID[:8] }

type sealBody struct {
	Type         string `json:"type"`
	Initialized  bool   `json:"initialized"`
	Sealed       bool   `json:"sealed"`
	T            int    `json:"t"`
	N            int    `json:"n"`
	Progress     int    `json:"progress"`
	Nonce        string `json:"nonce"`
	Version      string `json:"version"`
	BuildDate    string `json:"build_date"`
	Migration    bool   `json:"migration"`
	ClusterName  string `json:"cluster_name,omitempty"`
	ClusterID    string `json:"cluster_id,omitempty"`
	RecoverySeal bool   `json:"recovery_seal"`
	StorageType  string `json:"storage_type"`
}

// sealStatus answers sys/seal-status.
func (v *vaultNode) sealStatus(r *http.Request, state condition) reply {
	if r.Method != http.MethodGet {
		return vaultErrors(http.StatusMethodNotAllowed)
	}
	body := sealBody{
		Type:        "shamir",
		Initialized: state != uninitialized,
		Sealed:      state == sealed || state == uninitialized,
		Version:     v.version(),
		BuildDate:   "2025-10-21T19:33:18Z",
		StorageType: "raft",
	}
	if body.Initialized {
		body.T, body.N = 1, 1
	}
	if !body.Sealed {
		body.ClusterName, body.ClusterID = v.clusterName(), v.clusterID
	}
	return vaultJSON(http.StatusOK, body)
}
