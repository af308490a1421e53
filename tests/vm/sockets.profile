# Profiles for sockets.case.
@{T}=/t
@{TWO}=@n1 @n2
profile net_bind {
	network inet stream ip=127.0.0.1 port=4801,
	network (create, bind) inet dgram port=4810-4819,
	network (create, bind, listen) inet6 stream ip=::1 port=4802,
}
profile net_peer {
	network (create, bind) inet,
	network (connect, send, receive) inet peer=(ip=127.0.0.1 port=4853),
	network create inet6 dgram,
	network connect inet6 dgram peer=(ip=::1 port=4853),
}
profile net_both {
	network (create, bind) inet dgram,
	network (connect, send) inet dgram ip=127.0.0.1 port=4860-4869 peer=(ip=127.0.0.1),
}
profile net_either { network create, network (connect, send) peer=(ip=127.0.0.1 port=4853), }
profile net_deny { network, deny network (connect, send) peer=(ip=127.0.0.1 port=4853), }
profile net_denyown { network, deny network bind ip=127.0.0.1 port=4853, }
profile net_pair {
	network (send, receive) inet dgram peer=(ip=127.0.0.1 port=4841),
	network (getattr, connect) inet dgram ip=127.0.0.1 port=4840,
}
profile net_accept { network (create, bind, listen, accept, setopt) inet stream ip=127.0.0.1 port=4850-4851, }
profile net_labelled { network (create, connect) inet dgram label=net_label*, }
profile net_labels { network (create, connect) inet dgram label=net_labelled, }
profile net_device { network (create, connect) inet dgram interface=lo, }

profile ux_nothing { network inet, }
profile ux_all { unix, change_profile, }
profile ux_server {
	unix (create, bind, listen),
	unix (accept, send, receive) peer=(label=ux_client),
	unix receive type=dgram peer=(label=ux_client),
}
profile ux_client {
	unix create,
	unix (connect, send, receive) type=stream peer=(addr=@a* label=ux_server),
	unix send type=dgram peer=(addr=@a* label=ux_server),
	unix (connect, send, receive) type=seqpacket peer=(addr=@a*),
}
profile ux_mute { unix create, unix connect type=stream, }
profile ux_own {
	unix create,
	unix bind type=stream addr=@own*,
	unix (connect, send, receive) addr=@own1 peer=(addr=@o*),
}
profile ux_nul { unix create, unix bind addr=@a\x00b, unix bind addr=@c?\x00, }
profile ux_auto { unix create, unix (bind, listen) addr=auto, }
profile ux_anonymous { unix create, unix (connect, send, receive) addr=none peer=(addr=none), }
profile ux_named { unix (create, bind, listen) type=stream addr=@{TWO}, }
profile ux_denied { unix, deny unix bind addr=@bad*, deny unix send peer=(label=ux_server), }
profile ux_network { network unix stream, }
profile ux_use {
	unix send type=stream peer=(label=ux_all),
	unix send type=dgram peer=(addr=none),
	unix getattr type=stream,
}
profile ux_path { unix create, @{T}/sock/p* rw, }
profile ux_pathr { unix create, @{T}/sock/p* r, }
profile ux_pathw { unix create, @{T}/sock/p* w, }
profile ux_complain flags=(complain) { deny unix bind addr=@bad*, }
