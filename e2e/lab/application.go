package lab

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/hashicorp/vault/api"
)

// Application is one that reads the Secret anew whenever it uses the token, as
// those do that mount it.
type Application struct {
	lab    *Lab
	client *api.Client
}

// applicationPatience is how long it waits for the NAS Vault.
const applicationPatience = 5 * time.Second

// NewApplication makes one that uses the applications' link to the NAS Vault, or
// goes past every link.
func (l *Lab) NewApplication(past bool) (*Application, error) {
	address := l.links.apps[l.lane]
	if past {
		address = l.nas.address
	}
	made, err := l.vaultClient(address)
	if err != nil {
		return nil, err
	}
	return &Application{lab: l, client: made}, nil
}

// Use uses the token once. A refusal is none if the Secret was changed between
// the reading and the use.
func (a *Application) Use(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, applicationPatience)
	defer cancel()
	held, err := a.lab.Secret(ctx, a.lab.own(secretName))
	if err != nil {
		return err
	}
	err = a.lookup(ctx, string(held["token"]))
	if err == nil {
		return nil
	}
	now, readErr := a.lab.Secret(ctx, a.lab.own(secretName))
	if readErr == nil && !bytes.Equal(now["token"], held["token"]) {
		return a.lookup(ctx, string(now["token"]))
	}
	return err
}

// lookup says no more of an answer than its status.
func (a *Application) lookup(ctx context.Context, token string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.client.Address()+"/v1/auth/token/lookup-self", nil)
	if err != nil {
		return err
	}
	request.Header.Set("X-Vault-Token", token)
	response, err := a.client.CloneConfig().HttpClient.Do(request)
	if err != nil {
		return fmt.Errorf("using the token: %w", err)
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("using the token: got status %d", response.StatusCode)
	}
	return err
}
