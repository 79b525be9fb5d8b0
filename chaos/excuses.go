package chaos

import (
	"slices"

	"homelab.io/vault-health-exporter/exporter/flow"
	"homelab.io/vault-health-exporter/exporter/reason"
)

// Excuse says why no fault shows these reasons at these hops, and which test
// holds what is said, or shows them all the same.
type Excuse struct {
	Hops    []flow.Hop // nil is all
	Reasons []reason.Reason
	Why     string
	Test    string
}

var moved = []flow.Hop{flow.MainKV, flow.K8sSecret}

var excuses = []Excuse{
	{nil, []reason.Reason{reason.DNS}, "The network of the simulation has no names: every address is a number.", "TestHealth"},
	{nil, []reason.Reason{reason.TLSRequired}, "It takes an exporter whose configuration says http:// of a server that speaks TLS.", "TestPlainHTTPToAPortThatWantsTLS"},
	{nil, []reason.Reason{reason.Disk, reason.Machine}, "It takes a host that is full or out of descriptors, and with it whatever else runs there.", "TestClassify"},
	{nil, []reason.Reason{reason.Canceled}, "It is the exporter's own stop, which leaves nothing behind to scrape.", "TestCanceledIsWhatOurOwnStopDid"},
	{nil, []reason.Reason{reason.Internal}, "It is a mistake in the program; no fault contains one.", "TestAPanicIsAFailureOfTheExporterAndLeaksNothing"},
	{[]flow.Hop{flow.DockerExec}, []reason.Reason{reason.TLSClientCertMissing}, "The embedded flow's exporter has a client certificate for the Docker API.", "TestRefusedClientCertificates"},
	{nil, []reason.Reason{reason.TLSClientCert}, "The embedded flow's exporter has a client certificate for the Docker API alone, where docker-client-cert shows it.", "TestRefusedClientCertificates"},

	{nil, []reason.Reason{reason.Uninitialized}, "A Vault that is not initialized says of everything but its health that it is sealed; older ones said it.", "TestReadToken"},
	{[]flow.Hop{flow.MainVault, flow.Token}, []reason.Reason{reason.MountMissing}, "Vault refuses a login where no method is mounted as forbidden; a namespace that is gone takes OpenBao.", "TestReadToken"},
	{[]flow.Hop{flow.MainVault}, []reason.Reason{reason.NotFound}, "Vault refuses a login at a path that it does not have as forbidden; others have a status for it.", "TestNoAnswerIsUnforeseen"},

	{nil, []reason.Reason{reason.Mismatch}, "It takes a hand that writes another working token into one copy.", "TestACopyThatChangesByItselfIsAMismatch"},
	{moved, []reason.Reason{reason.Stale}, "A copy that stays behind is its copier's, unless that cannot be looked at.", "TestBlame"},
	{[]flow.Hop{flow.Token}, []reason.Reason{reason.Expired}, "It takes a NAS that stays away until the token's end, which is a sequence and no fault.", "TestATokenOutlivesTheNASOnlyUntilItsEnd"},
}

// Excuses returns the table; of the rows that fit, the first counts.
func Excuses() []Excuse { return slices.Clone(excuses) }

func excuseOf(at Finding) *Excuse {
	for _, e := range excuses {
		if (e.Hops == nil || slices.Contains(e.Hops, at.Hop)) && slices.Contains(e.Reasons, at.Reason) {
			return &e
		}
	}
	return nil
}
