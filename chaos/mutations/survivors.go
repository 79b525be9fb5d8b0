package main

// survivors says why nothing finds a mutation.
var survivors = map[string]string{}
