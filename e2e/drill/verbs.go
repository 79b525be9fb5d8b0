// Package drill plays the faults of the catalogue on the lab: what does and
// undoes each of them, and whether the exporter names it while it is there.
package drill

import (
	"context"
	"fmt"

	"homelab.io/vault-health-exporter/chaos"
	"homelab.io/vault-health-exporter/e2e/lab"
)

// act changes the lab.
type act func(context.Context, *lab.Lab) error

// Verb is how the lab does and undoes a fault. Undo needs nothing that Inject
// knew: it works from another process, after Inject was interrupted anywhere,
// and where there is nothing to undo.
type Verb struct {
	Inject, Undo func(context.Context, *lab.Lab) error
}

// verbs are those of all faults but what disturbs a link, which says itself how.
var verbs = map[string]Verb{
	chaos.DockerDown:          {cut(lab.LinkNASDocker), mend(lab.LinkNASDocker)},
	chaos.DockerCertExpired:   {dockerServer(true), dockerServer(false)},
	chaos.DockerClientExpired: {dockerClient(true), dockerClient(false)},
	chaos.DockerClientCert:    {distrust(true), distrust(false)},
	chaos.ContainerStopped:    {stop(lab.MachineNASContainer), revive(lab.MachineNASContainer)},
	chaos.ContainerPaused:     {pause(lab.MachineNASContainer), revive(lab.MachineNASContainer)},
	chaos.ContainerMissing:    {hide(lab.MachineNASContainer), revive(lab.MachineNASContainer)},
	chaos.FileMissing:         {inContainer(`rm "$F"`), restoreFile},
	chaos.FileEmpty:           {write(""), restoreFile},
	chaos.FileMalformed:       {write("Root token: ask the administrator\n"), restoreFile},
	chaos.FileTwoLines:        {inContainer(`cat "$F" "$F" >"$F.new"; mv "$F.new" "$F"`), restoreFile},
	chaos.FileFIFO:            {inContainer(`rm "$F"; mkfifo "$F"`), unblockFile},
	chaos.FileReturns:         {inContainer(`sed "s/$/\r/" "$F" >"$F.new"; mv "$F.new" "$F"`), restoreFile},
	chaos.FileStuck:           {rotate(lab.RotateOptions{KeepFile: true}), mendToken},

	chaos.NASDown:          {cutNAS, mendNAS},
	chaos.NASSlow:          {pause(lab.MachineNASVault), reviveNASVault},
	chaos.NASOneReset:      {resetOnce(lab.LinkNASVault), mend(lab.LinkNASVault)},
	chaos.NASPlain:         {lead(lab.LinkNASVault, lab.PlainServer), mend(lab.LinkNASVault)},
	chaos.NASWrongServer:   {lead(lab.LinkNASVault, lab.OtherTLSServer), mend(lab.LinkNASVault)},
	chaos.NASOther:         {swapNAS(lab.OtherVaultReady), removeOther},
	chaos.NASUninitialized: {swapNAS(lab.OtherVaultFresh), removeOther},
	chaos.NASSeal:          {sealNAS, unsealNAS},
	chaos.NASQuota:         {limitReads, unlimitReads},

	chaos.KVDeleted:    {deleteKV, offerAgain},
	chaos.KVDestroyed:  {destroyKV, offerAgain},
	chaos.KVKeyMissing: {withoutKey, offerAgain},

	chaos.BrokerSuspended: {suspend(true), suspend(false)},
	chaos.BrokerFailed:    {failBroker, repairBroker},
	chaos.JobsLinkDown:    {cut(lab.LinkNASVaultJobs), mend(lab.LinkNASVaultJobs)},
	chaos.MainSealed:      {sealMain, unsealMain},
	chaos.MainForbidden:   {deleteRole("vault-health-exporter"), setUp(lab.SideMain)},
	chaos.MainKVDeleted:   {deleteMainKV, restoreMainKV},

	chaos.ESOStopped:       {deleteRole("external-secrets"), setUp(lab.SideMain)},
	chaos.ESOGone:          {neglect, restoreSecret},
	chaos.ESORestart:       {restartOperator, operators(1)},
	chaos.SecretDeleted:    {unattended(deleteSecret), restoreSecret},
	chaos.SecretCorrupt:    {unattended(corruptSecret), restoreSecret},
	chaos.SecretKeyMissing: {unattended(removeKey), restoreSecret},
	chaos.K8sDown:          {refuseAPI, both(mend(lab.LinkKubernetes), unfilter)},
	chaos.K8sForbidden:     {deleteBinding, applyManifests},

	chaos.TokenRevoked:      {revokeToken, mendToken},
	chaos.PKIForbidden:      {narrow("pki/sign/canary"), setUp(lab.SideNAS)},
	chaos.PKIRoleMissing:    {deletePKIRole, setUpShipped(lab.SideNAS)},
	chaos.PKIUnmounted:      {moveEngine("pki"), returnEngine("pki")},
	chaos.TransitForbidden:  {narrow("transit/decrypt/autounseal"), setUp(lab.SideNAS)},
	chaos.TransitKeyMissing: {replaceTransit(false), returnEngine("transit")},
	chaos.TransitOtherKey:   {replaceTransit(true), returnEngine("transit")},
	chaos.TransitUnmounted:  {moveEngine("transit"), returnEngine("transit")},
	chaos.RotationOpen:      {openRotation, closeRotation},
	chaos.TokenRotated:      {rotate(lab.RotateOptions{}), mendToken},
}

// Find returns the verb of a fault that the lab plays.
func Find(name string) (Verb, error) {
	if verb, ok := verbs[name]; ok {
		return verb, nil
	}
	for _, f := range chaos.Lab() {
		if f.Name == name && f.Link != nil {
			return disturb(*f.Link)
		}
	}
	return Verb{}, fmt.Errorf("finding the fault %q: the lab plays none of that name", name)
}
