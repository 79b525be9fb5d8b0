package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"time"

	"homelab.io/vault-health-exporter/alerts"
	"homelab.io/vault-health-exporter/alerts/scale"
)

// AlertScale is by how much the shipped rules' times are divided in the lab.
// The exporter's interval is shorter too. It must not be by much less: which alert
// holds back which is decided by who fires first, and that is counted in slots.
const AlertScale = 10

const (
	alertmanagerPort = "9093/tcp"
	pagerPort        = "8080/tcp"
)

// Notification is one alert that somebody was told about, or told the end of.
type Notification struct {
	Received time.Time
	// Receiver is page, ticket or dead-man.
	Receiver string
	// Status is firing or resolved.
	Status string
	Labels map[string]string
}

// startAlerting starts the shipped Alertmanager configuration, on the lab's
// clock, and a pager behind all of its receivers.
func (l *Lab) startAlerting(ctx context.Context) error {
	ports, address, err := publish(pagerPort)
	if err != nil {
		return err
	}
	_, err = l.run(ctx, part{alias: aliasPager, image: l.images[imageOwn], command: []string{"/bin/program", "pager"}, ports: ports})
	if err != nil {
		return err
	}
	l.pager = "http://" + address
	config, err := scale.Alertmanager(alerts.Alertmanager(), AlertScale)
	if err != nil {
		return err
	}
	ports, address, err = publish(alertmanagerPort)
	if err != nil {
		return err
	}
	files := []file{{path: "/etc/alertmanager/alertmanager.yml", data: config, owner: nobody}}
	for _, receiver := range []string{"page", "ticket", "dead-man"} {
		files = append(files, file{path: "/etc/alertmanager/secrets/" + receiver + "-url", data: []byte("http://" + aliasPager + ":8080/"), owner: nobody})
	}
	_, err = l.run(ctx, part{alias: aliasAlertmanager, image: l.images["alertmanager"], files: files, ports: ports})
	if err != nil {
		return err
	}
	return until(ctx, "Alertmanager to be ready", func(ctx context.Context) error {
		return answers(ctx, "http://"+address+"/-/ready")
	})
}

// ruleFiles are the shipped rules on the lab's clock.
func ruleFiles() ([]file, error) {
	var files []file
	for _, name := range alerts.Names() {
		content, err := alerts.File(name)
		if err != nil {
			return nil, err
		}
		scaled, err := scale.Rules(content, AlertScale)
		if err != nil {
			return nil, fmt.Errorf("scaling %q: %w", name, err)
		}
		files = append(files, file{path: path.Join("/etc/prometheus/rules", name), data: scaled, owner: nobody})
	}
	return files, nil
}

// Notifications returns what the pager was told since the time since.
func (l *Lab) Notifications(ctx context.Context, since time.Time) ([]Notification, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.pager, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking the pager: %w", err)
	}
	defer response.Body.Close()
	var all, recent []Notification
	err = json.NewDecoder(response.Body).Decode(&all)
	if err != nil {
		return nil, fmt.Errorf("asking the pager: %w", err)
	}
	for _, n := range all {
		if n.Received.After(since) {
			recent = append(recent, n)
		}
	}
	return recent, nil
}
