//go:build !linux

package process

func undumpable() {}
