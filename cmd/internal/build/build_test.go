package build

import (
	"runtime/debug"
	"strings"
	"testing"
)

// TestEveryBuildHasAVersion: one that the linker told none had "", on the page, in
// --version and in the metrics.
func TestEveryBuildHasAVersion(t *testing.T) {
	inCopy := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "09a36cebf59e"}}
	for _, tc := range []struct {
		name     string
		main     string
		settings []debug.BuildSetting
		want     string
	}{
		{"go run", "(devel)", nil, "devel"},
		{"go test", "", nil, "devel"},
		{"go build", "v0.0.0-20261129224952-09a36cebf59e+dirty", inCopy, "devel"},
		{"go build at a tag", "v0.1.0", inCopy, "devel"},
		{"go install of a release", "v0.1.0", nil, "0.1.0"},
		{"go install of a revision", "v0.1.1-0.20261129224952-09a36cebf59e", nil, "0.1.1-0.20261129224952-09a36cebf59e"},
	} {
		if got := versionOf(&debug.BuildInfo{Main: debug.Module{Version: tc.main}, Settings: tc.settings}, true); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
	if got := versionOf(nil, false); got != "devel" {
		t.Errorf("without anything noted: got %q, want devel", got)
	}
	if said := Print("program"); !strings.HasPrefix(said, "program, version devel (") {
		t.Errorf("of this test: got %q, want devel", said)
	}
}

// TestAWorkingCopyNamesItsRevision, and a release nothing but its version.
func TestAWorkingCopyNamesItsRevision(t *testing.T) {
	const revision = "09a36cebf59e09a36cebf59e09a36cebf59e09a3"
	for _, tc := range []struct{ version, revision, want string }{
		{"devel", revision, "devel, revision 09a36ce"},
		{"devel", revision + "-modified", "devel, revision 09a36ce, modified"},
		{"devel", "unknown", "devel"},
		{"0.1.0", revision, "0.1.0"},
		{"0.1.0", "unknown", "0.1.0"},
	} {
		if got := name(tc.version, tc.revision); got != tc.want {
			t.Errorf("%s at %s: got %q, want %q", tc.version, tc.revision, got, tc.want)
		}
	}
}
