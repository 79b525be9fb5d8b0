package lab

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"k8s.io/apimachinery/pkg/api/resource"
)

// The addresses of Services, at which pods reach what is outside of the
// cluster. They are from the part of the range that Kubernetes hands out last.
const (
	serviceNetwork        = "10.43.0.0/16"
	serviceMainVault      = "10.43.0.100"
	serviceNASVault       = "10.43.0.101"
	serviceNASVaultJobs   = "10.43.0.102"
	serviceNASVaultApps   = "10.43.0.103"
	serviceNASVaultDirect = "10.43.0.104"
	serviceNASDocker      = "10.43.0.105"
	serviceAgent          = "10.43.0.106"
	serviceCollector      = "10.43.0.107"
	serviceMainVaultLink  = "10.43.0.108"
)

const (
	// deployFolder is where the manifests are in the K3s container.
	deployFolder = "/lab/deploy"
	// backupFolder is what the backup's volume is in the K3s container.
	backupFolder = "/lab/backup"
	// shippedMilliCPU is what the exporter is given, for one flow.
	shippedMilliCPU = 500
	// exporterNodePort is the exporter's on the K3s container.
	exporterNodePort = "30845"
)

//go:embed overlay/*.yaml
var overlayFiles embed.FS

var overlayTemplates = template.Must(template.New("").ParseFS(overlayFiles, "overlay/*.yaml"))

// endpoint is a Service without pods behind it.
type endpoint struct {
	Name        string
	ClusterIP   string
	ServicePort int
	Address     string
	Port        int
}

// reference is an image as kustomize wants it.
type reference struct{ Name, Tag string }

func split(image string) reference {
	colon := strings.LastIndex(image, ":")
	return reference{Name: image[:colon], Tag: image[colon+1:]}
}

func (l *Lab) endpoints() []endpoint {
	toxiproxy := l.network.address(aliasToxiproxy).String()
	all := []endpoint{
		{"main-vault", serviceMainVault, 8200, l.network.address(aliasMainVault).String(), 8200},
		{"main-vault-link", serviceMainVaultLink, 8200, toxiproxy, l.linkPort(LinkMainVault)},
		{"nas-vault", serviceNASVault, 8200, toxiproxy, l.linkPort(LinkNASVault)},
		{"nas-vault-jobs", serviceNASVaultJobs, 8200, toxiproxy, l.linkPort(LinkNASVaultJobs)},
		{"nas-vault-apps", serviceNASVaultApps, 8200, toxiproxy, l.linkPort(LinkNASVaultApps)},
		{"nas-vault-direct", serviceNASVaultDirect, 8200, l.network.address(aliasNASVault).String(), 8200},
		{"nas-docker", serviceNASDocker, 2376, toxiproxy, l.linkPort(LinkNASDocker)},
		{"collector", serviceCollector, 4318, l.network.address(aliasCollector).String(), 4318},
	}
	for _, lane := range l.everyLane()[1:] {
		all = append(all, l.Lane(lane).laneEndpoints(toxiproxy)...)
	}
	return all
}

// overlay returns the files of an overlay on top of the shipped manifests.
func (l *Lab) overlay(name string, agent bool) ([]file, error) {
	folder := deployFolder + "/" + name + "/"
	configurations := l.configurations(agent)
	values := map[string]any{
		"Agent": agent, "AgentIP": serviceAgent,
		"Own": split(l.images[imageOwn]), "Vault": split(l.images["vault"]),
		"Configurations": configurations, "Endpoints": l.endpoints(),
		"Collector": serviceCollector, "Network": l.network.subnet.String(), "Services": serviceNetwork,
		"MainVault": serviceMainVault, "NASVault": serviceNASVault,
		"NASVaultApps": serviceNASVaultApps, "NASVaultDirect": serviceNASVaultDirect,
		"Coverage": l.coverage, "CoverageFolder": coverageFolder,
		"ExporterCPU": resource.NewMilliQuantity(shippedMilliCPU*int64(1+l.lanes), resource.DecimalSI).String(), "ExporterNodePort": exporterNodePort, "BackupFolder": backupFolder,
	}
	files, err := filledIn(overlayTemplates, folder, values)
	if err != nil {
		return nil, err
	}
	for _, c := range configurations {
		adapted, err := c.adapted(l.shipped)
		if err != nil {
			return nil, err
		}
		if len(c.More) > 0 {
			adapted = l.withLanes(adapted)
		}
		files = append(files, file{path: folder + c.ConfigMap + ".yaml", data: adapted})
	}
	for _, lane := range l.everyLane()[1:] {
		files = append(files, file{path: folder + l.Lane(lane).kubeconfig(), data: l.Lane(lane).kubeconfigOf()})
	}
	return files, nil
}

// filledIn are the files of an overlay, of which the composition is a folder of its own.
func filledIn(templates *template.Template, folder string, values map[string]any) ([]file, error) {
	var files []file
	for _, t := range templates.Templates() {
		if t.Tree == nil { // the set's own, empty one
			continue
		}
		var filled bytes.Buffer
		err := t.Execute(&filled, values)
		if err != nil {
			return nil, fmt.Errorf("filling in %q: %w", t.Name(), err)
		}
		name := t.Name()
		if name == "composition.yaml" {
			name = "composition/kustomization.yaml"
		}
		files = append(files, file{path: folder + name, data: filled.Bytes()})
	}
	return files, nil
}

// manifestFiles are the shipped manifests as they are, and the lab's overlays.
func (l *Lab) manifestFiles() ([]file, error) {
	var files []file
	for _, tree := range []string{"base", "components", "nas-integration"} {
		err := filepath.WalkDir(filepath.Join(l.shipped, tree), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			inside, err := filepath.Rel(l.shipped, path)
			files = append(files, file{path: deployFolder + "/" + filepath.ToSlash(inside), data: data})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("reading the shipped manifests: %w", err)
		}
	}
	for name, agent := range map[string]bool{overlayPlain: false, overlayAgent: true} {
		overlay, err := l.overlay(name, agent)
		if err != nil {
			return nil, err
		}
		files = append(files, overlay...)
	}
	return files, nil
}
