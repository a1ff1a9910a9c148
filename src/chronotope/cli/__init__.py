"""Command line: main lists the verbs, verb makes one of a schema; printing, streams and completion serve it, house ends every call."""
