package main

import (
	"context"
	"path/filepath"
	"strings"

	"homelab.io/vault-health-exporter/contracts"
	"homelab.io/vault-health-exporter/e2e/evidence"
	"homelab.io/vault-health-exporter/e2e/images"
)

// canIDeploy says whether everything that the exporter and the broker rely on
// holds at the places that were asked for. It needs no broker of pacts.
func (g program) canIDeploy(ctx context.Context) error {
	root, err := images.Repository(ctx)
	if err != nil {
		return err
	}
	tree, err := evidence.TreeDigest(ctx, root)
	if err != nil {
		return err
	}
	records, err := evidence.Read(filepath.Join(root, evidence.Folder))
	if err != nil {
		return err
	}
	pacts, err := contracts.LoadPacts(filepath.Join(root, "contracts/pacts"))
	if err != nil {
		return err
	}
	results, places := contracts.ResultsOf(records, tree), strings.Split(g.to, ",")
	if err := contracts.WriteTable(g.out, pacts, results, places); err != nil || g.table {
		return err
	}
	missing := contracts.CanDeploy(pacts, results, places, contracts.FoundElsewhere())
	for _, m := range missing {
		g.say("%s: %s: %s", m.Pair, m.Description, m.Result)
	}
	if len(missing) > 0 {
		g.say("no: %d interactions are not verified", len(missing))
		return errNoGo
	}
	g.say("yes")
	return nil
}
