package deploy

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	istio "istio.io/api/networking/v1"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	rbac "k8s.io/api/rbac/v1"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"homelab.io/vault-health-exporter/e2e/images"
)

// A schema says what is wrong with an object of its kind.
type schema func(raw []byte) []error

// schemas are those of every kind that may be shipped.
func schemas(t *testing.T) map[string]schema {
	t.Helper()
	all := map[string]schema{
		"v1/Namespace":                                    goType(core.Namespace{}),
		"v1/ConfigMap":                                    goType(core.ConfigMap{}),
		"v1/Secret":                                       goType(core.Secret{}),
		"v1/Service":                                      goType(core.Service{}),
		"v1/ServiceAccount":                               goType(core.ServiceAccount{}),
		"v1/PersistentVolumeClaim":                        goType(core.PersistentVolumeClaim{}),
		"apps/v1/Deployment":                              goType(apps.Deployment{}),
		"batch/v1/CronJob":                                goType(batch.CronJob{}),
		"networking.k8s.io/v1/NetworkPolicy":              goType(networking.NetworkPolicy{}),
		"rbac.authorization.k8s.io/v1/Role":               goType(rbac.Role{}),
		"rbac.authorization.k8s.io/v1/RoleBinding":        goType(rbac.RoleBinding{}),
		"rbac.authorization.k8s.io/v1/ClusterRole":        goType(rbac.ClusterRole{}),
		"rbac.authorization.k8s.io/v1/ClusterRoleBinding": goType(rbac.ClusterRoleBinding{}),
		"monitoring.coreos.com/v1/ServiceMonitor":         goType(monitoring.ServiceMonitor{}),
		"monitoring.coreos.com/v1/PrometheusRule":         goType(monitoring.PrometheusRule{}),
		"networking.istio.io/v1/ServiceEntry":             protobuf(&istio.ServiceEntry{}),
		"networking.istio.io/v1/VirtualService":           protobuf(&istio.VirtualService{}),
		"networking.istio.io/v1/DestinationRule":          protobuf(&istio.DestinationRule{}),
	}
	definitions, err := images.ExternalSecretsCRDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"ExternalSecret", "SecretStore"} {
		all["external-secrets.io/v1/"+kind] = definition(t, definitions, kind)
	}
	return all
}

// goType decodes strictly: no unknown field, none twice, in the exact case.
func goType[T any](T) schema {
	return func(raw []byte) []error {
		var typed T
		wrong, err := kjson.UnmarshalStrict(raw, &typed)
		if err != nil {
			return []error{err}
		}
		return wrong
	}
}

// protobuf decodes the spec, which is a message of Istio's, strictly.
func protobuf(message proto.Message) schema {
	return func(raw []byte) []error {
		var o struct {
			Spec json.RawMessage `json:"spec"`
		}
		if err := json.Unmarshal(raw, &o); err != nil {
			return []error{err}
		}
		if err := protojson.Unmarshal(o.Spec, proto.Clone(message)); err != nil {
			return []error{err}
		}
		return nil
	}
}

// definition is the schema of version v1 in a resource definition.
func definition(t *testing.T, definitions [][]byte, kind string) schema {
	t.Helper()
	for _, raw := range definitions {
		var crd struct {
			Spec struct {
				Names    struct{ Kind string }
				Versions []struct {
					Name   string
					Schema struct{ OpenAPIV3Schema spec.Schema }
				}
			}
		}
		if err := yaml.Unmarshal(raw, &crd); err != nil {
			t.Fatal(err)
		}
		for _, version := range crd.Spec.Versions {
			if crd.Spec.Names.Kind == kind && version.Name == "v1" {
				return openAPI(version.Schema.OpenAPIV3Schema)
			}
		}
	}
	t.Fatalf("finding the definition of %s: got none", kind)
	return nil
}

func openAPI(s spec.Schema) schema {
	return func(raw []byte) []error {
		var value map[string]any
		if err := json.Unmarshal(raw, &value); err != nil {
			return []error{err}
		}
		return append(unknown(&s, value, ""), validate.NewSchemaValidator(&s, nil, "", strfmt.Default).Validate(value).Errors...)
	}
}

// unknown finds the fields that the schema does not have. The API server drops
// them, and a misspelt one with them.
func unknown(s *spec.Schema, value any, path string) (errs []error) {
	switch value := value.(type) {
	case []any:
		for i, element := range value {
			errs = append(errs, unknown(s.Items.Schema, element, fmt.Sprintf("%s[%d]", path, i))...)
		}
	case map[string]any:
		for key, element := range value {
			property, known := s.Properties[key]
			switch {
			case known:
				errs = append(errs, unknown(&property, element, path+"."+key)...)
			case len(s.Properties) > 0:
				errs = append(errs, fmt.Errorf("%s.%s: unknown field", path, key))
			}
		}
	}
	return errs
}

func TestSchemas(t *testing.T) {
	all := schemas(t)
	eachCombination(t, func(t *testing.T, objects []object) {
		for _, o := range objects {
			check, known := all[fmt.Sprint(o["apiVersion"], "/", o["kind"])]
			if !known {
				t.Errorf("%s: got a kind without a schema, %v", o.name(), o["apiVersion"])
				continue
			}
			raw, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range check(raw) {
				t.Errorf("%s: %v", o.name(), err)
			}
		}
	})
}

// A schema that finds nothing wrong would let the test above pass for ever.
func TestSchemasFindMistakes(t *testing.T) {
	all := schemas(t)
	for _, test := range []struct{ kind, text string }{
		{"apps/v1/Deployment", `{"spec": {"Replicas": 1}}`},
		{"batch/v1/CronJob", `{"spec": {"schedule": 10}}`},
		{"monitoring.coreos.com/v1/ServiceMonitor", `{"spec": {"endpoints": [{"ports": "metrics"}]}}`},
		{"networking.istio.io/v1/DestinationRule", `{"spec": {"trafficPolicy": {"outlierDetection": {"consecutiveErrors5xx": 3}}}}`},
		{"networking.istio.io/v1/ServiceEntry", `{"spec": {"location": "OUTSIDE"}}`},
		{"external-secrets.io/v1/ExternalSecret", `{"spec": {"refreshIntervall": "5m"}}`},
		{"external-secrets.io/v1/SecretStore", `{"spec": {"provider": {"vault": {"version": "v3", "auth": {}}}}}`},
	} {
		if errs := all[test.kind]([]byte(test.text)); len(errs) == 0 {
			t.Errorf("%s of %s: got no error", test.text, test.kind)
		}
	}
}

// What a plain cluster does not have must not be in the whole, whose apply
// would fail on it.
func TestWholeNeedsExternalSecretsOnly(t *testing.T) {
	builtIn := []string{"v1", "apps/v1", "batch/v1", "networking.k8s.io/v1", "rbac.authorization.k8s.io/v1", "external-secrets.io/v1"}
	for _, o := range build(t, whole) {
		if !slices.Contains(builtIn, fmt.Sprint(o["apiVersion"])) {
			t.Errorf("%s: got %v, want a kind of Kubernetes or External Secrets", o.name(), o["apiVersion"])
		}
	}
}
