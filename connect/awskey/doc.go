// Package awskey gets the key of a job's pseudonyms from where AWS keeps secrets, for
// [github.com/dynsync/dynsync.WithKeyFrom]: from a secret of Secrets Manager, or from an
// HMAC key of AWS KMS, which never leaves KMS.
//
//	dynsync.WithKeyFrom(awskey.Secret(secretsmanager.NewFromConfig(cfg), "arn:aws:secretsmanager:eu-west-1:111122223333:secret:dynsync-AbCdEf"))
//	dynsync.WithKeyFrom(awskey.HMAC(kms.NewFromConfig(cfg), "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", "staging"))
//
// The functions that it returns send one request and are safe for concurrent use. They
// retry as their client does, and end when their context ends. Their errors say which
// action failed, on which resource, and what to do. They never contain the key, another
// secret or the text of an answer. dynsync.ExitCode returns 2 for what has to change in the
// program or the resource, 3 for rights and credentials, and 6 for what passes.
package awskey
