// Package images knows every container image the lab runs, and where to get it:
// from the engine, from a folder of archives, by a pull, or by a build from
// published sources. The last is what makes the lab run without a registry.
package images

// prefix marks the names of images built here, so that none of them is taken
// for the official image it stands in for. The registry it names is the machine
// itself: an engine that misses one of them asks nobody else for it, and so
// never runs what a stranger published under the same name.
const prefix = "localhost/vault-health-exporter-lab/"

// Image is one container image of the lab.
type Image struct {
	// Name is what the lab calls the image.
	Name string

	// Official is the published image.
	Official string

	// Local is the name of the image that the recipe builds.
	Local string

	recipe recipe
}

// Catalogue lists the images of the lab. An image comes after those that its
// recipe contains.
func Catalogue() []Image {
	return []Image{
		{
			Name:     "pause",
			Official: "registry.k8s.io/pause:3.10.1",
			Local:    prefix + "pause:3.10.1",
			recipe: recipe{
				folder:   "pause",
				binaries: []binary{{file: "pause", module: "pause", target: "."}},
			},
		},
		{
			Name:     "k3s",
			Official: "rancher/k3s:v1.34.4-k3s1",
			Local:    prefix + "k3s:v1.34.4",
			recipe: recipe{
				folder: "k3s",
				binaries: []binary{
					{file: "kubernetes", version: "v1.34.4", module: "k3s", target: ".", variables: []string{"k8s.io/component-base/version.gitVersion=v1.34.4"}},
					{file: "etcd", version: "v3.6.5", module: "etcd", target: "go.etcd.io/etcd/server/v3"},
				},
				system:   []string{"ca-certificates", "conntrack", "containerd", "containernetworking-plugins", "ethtool", "iproute2", "iptables", "openssl", "procps", "runc", "socat"},
				contains: []string{prefix + "pause:3.10.1"},
			},
		},
		{
			Name:     "vault",
			Official: "hashicorp/vault:1.21.0",
			Local:    prefix + "vault:1.21.0-sh",
			recipe: recipe{
				folder:   "vault",
				binaries: []binary{{file: "vault", version: "v1.21.0", module: "vault", target: "github.com/hashicorp/vault"}},
				files:    []debianFile{{file: "busybox", member: "./bin/busybox", deb: "busybox-static"}},
			},
		},
		{
			Name:     "external-secrets",
			Official: "ghcr.io/external-secrets/external-secrets:v0.20.4",
			Local:    prefix + "external-secrets:v0.20.4",
			recipe: recipe{
				folder:   "externalsecrets",
				binaries: []binary{{file: "external-secrets", version: "v0.20.4", module: "externalsecrets", target: "github.com/external-secrets/external-secrets"}},
			},
		},
		{
			Name:     "prometheus",
			Official: "prom/prometheus:v3.11.3",
			Local:    prefix + "prometheus:v3.11.3",
			recipe: recipe{
				folder: "prometheus",
				binaries: []binary{
					{file: "prometheus", version: "v3.11.3", module: "prometheus", target: "github.com/prometheus/prometheus/cmd/prometheus", variables: []string{"github.com/prometheus/common/version.Version=3.11.3"}},
					{file: "promtool", version: "v3.11.3", module: "prometheus", target: "github.com/prometheus/prometheus/cmd/promtool", variables: []string{"github.com/prometheus/common/version.Version=3.11.3"}},
				},
			},
		},
		{
			Name:     "alertmanager",
			Official: "prom/alertmanager:v0.28.1",
			Local:    prefix + "alertmanager:v0.28.1",
			recipe: recipe{
				folder:   "alertmanager",
				binaries: []binary{{file: "alertmanager", version: "v0.28.1", module: "alertmanager", target: "github.com/prometheus/alertmanager/cmd/alertmanager"}},
			},
		},
		{
			Name:     "toxiproxy",
			Official: "ghcr.io/shopify/toxiproxy:2.12.0",
			Local:    prefix + "toxiproxy:2.12.0",
			recipe: recipe{
				folder:   "toxiproxy",
				binaries: []binary{{file: "toxiproxy", version: "v2.12.0", module: "toxiproxy", target: "github.com/Shopify/toxiproxy/v2/cmd/server", variables: []string{"github.com/Shopify/toxiproxy/v2.Version=2.12.0"}}},
			},
		},
		{
			Name:     "nas",
			Official: "debian:bookworm-slim",
			Local:    prefix + "nas:bookworm",
			recipe: recipe{
				folder: "nas",
				files:  []debianFile{{file: "busybox", member: "./bin/busybox", deb: "busybox-static"}},
			},
		},
	}
}
