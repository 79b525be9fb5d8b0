package contracts

import (
	"homelab.io/vault-health-exporter/exporter/hop"
	"homelab.io/vault-health-exporter/exporter/reason"
	"homelab.io/vault-health-exporter/exporter/token"
	"homelab.io/vault-health-exporter/exporter/upstream"
)

// Execution is what one command in the container printed, and how it ended:
// the message of the contract "get root token from file system".
type Execution struct {
	Argv     []string `json:"argv"`
	ExitCode int      `json:"exit_code"`
	Stdout   string   `json:"stdout"`
	Stderr   string   `json:"stderr"`
}

// Parse hands the message to the exporter's own parser.
func (e Execution) Parse() (token.Token, error) {
	return hop.ParseExec(upstream.ExecOutput{ExitCode: e.ExitCode, Stdout: []byte(e.Stdout), Stderr: []byte(e.Stderr)})
}

// Message is one state of the token file and what reading it must bring.
type Message struct {
	Description string
	State       State
	// Content is an Execution in which values may be matchers.
	Content map[string]any
	// Reason is why the parser must refuse it; "" where it must find a token.
	Reason reason.Reason
}

// TokenFile is where the token is in the container.
const TokenFile = "/share/VMs/kubernetes/vault/root-token.txt"

// Messages returns the contract between the exporter and the container on the
// NAS: "get root token from file system".
func Messages() []Message {
	said := func(words string) any { return pattern("cat: "+TokenFile+": "+words, `cat: .*`+words+`\n?`) }
	message := func(description string, state State, code int, stdout, stderr any, why reason.Reason) Message {
		return Message{
			Description: "get root token from file system, " + description, State: state, Reason: why,
			Content: map[string]any{"argv": []any{"cat", TokenFile}, "exit_code": code, "stdout": stdout, "stderr": stderr},
		}
	}
	return []Message{
		message("token", FileHoldsToken, 0, pattern(ExampleToken+"\n", tokenForm+`\n?`), "", ""),
		message("carriage return", FileWithReturns, 0, pattern(ExampleToken+"\r\n", tokenForm+`\r\n`), "", ""),
		message("missing", FileMissing, 1, "", said("No such file or directory"), reason.FileMissing),
		message("forbidden", FileForbidden, 1, "", said("Permission denied"), reason.FilePermission),
		message("empty", FileEmpty, 0, "", "", reason.Empty),
		message("malformed", FileMalformed, 0, "Root token: ask the administrator\n", "", reason.Malformed),
		message("two tokens", FileTwoLines, 0, pattern(ExampleToken+"\n"+ExampleToken+"\n", tokenForm+`\n`+tokenForm+`\n?`), "", reason.Ambiguous),
	}
}
