//go:build pact

package contracts_test

import (
	"testing"

	message "github.com/pact-foundation/pact-go/v2/message/v4"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// consumeMessages hands every message of the contract "get root token from
// file system" to the exporter's own parser.
func consumeMessages(t *testing.T, dir string) {
	for _, m := range contracts.Messages() {
		t.Run(m.Description, func(t *testing.T) {
			pact, err := message.NewAsynchronousPact(message.Config{
				Consumer: contracts.Exporter, Provider: contracts.NASContainer, PactDir: dir,
			})
			if err != nil {
				t.Fatal(err)
			}
			err = pact.AddAsynchronousMessage().
				Given(string(m.State)).
				ExpectsToReceive(m.Description).
				WithMetadata(map[string]string{"contentType": "application/json"}).
				WithJSONContent(m.Content).
				AsType(&contracts.Execution{}).
				ConsumedBy(func(got message.AsynchronousMessage) error {
					found, err := got.Body.(*contracts.Execution).Parse()
					if reason.Of(err) != m.Reason || err == nil && found.Reveal() != contracts.ExampleToken {
						t.Errorf("got %v, want reason %q", err, m.Reason)
					}
					return nil
				}).
				Verify(t)
			if err != nil {
				t.Error(err)
			}
		})
	}
}
