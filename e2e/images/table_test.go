package images

import (
	"strings"
	"testing"
)

func TestTableHasOneAlignedLineForEachImage(t *testing.T) {
	var got strings.Builder
	err := WriteTable(&got, []Resolved{
		{Image: Image{Name: "vault"}, Reference: "hashicorp/vault:1.21.0", From: Pulled},
		{Image: Image{Name: "k3s"}, From: Missing},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "" +
		"IMAGE  REFERENCE               FROM\n" +
		"vault  hashicorp/vault:1.21.0  pulled\n" +
		"k3s    -                       missing\n"
	if got.String() != want {
		t.Errorf("got table\n%swant\n%s", got.String(), want)
	}
}
