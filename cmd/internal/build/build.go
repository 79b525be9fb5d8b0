// Package build says which build a program is. The linker tells a release its
// version; of any other build there is what Go noted when it made it.
package build

import (
	"runtime/debug"
	"strings"

	"github.com/prometheus/common/version"
)

// devel is the version of what was built in a working copy.
const devel = "devel"

// What metrics and traces say is the library's variable.
func init() {
	if info, ok := debug.ReadBuildInfo(); version.Version == "" {
		version.Version = versionOf(info, ok)
	}
}

// versionOf is that of a module which was installed by its version, or devel. In a
// working copy Go makes up a version out of the revision.
func versionOf(info *debug.BuildInfo, ok bool) string {
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return devel
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return devel
		}
	}
	return strings.TrimPrefix(info.Main.Version, "v")
}

// Print is what a program called so says of its build to --version.
func Print(program string) string { return version.Print(program) }

// Name is the version for people: of a working copy with its revision, where that is
// known, as "devel, revision 0123456, modified".
func Name() string { return name(version.Version, version.GetRevision()) }

func name(version, revision string) string {
	revision, modified := strings.CutSuffix(revision, "-modified")
	if version != devel || revision == "unknown" {
		return version
	}
	name := version + ", revision " + revision[:min(len(revision), 7)]
	if modified {
		name += ", modified"
	}
	return name
}
