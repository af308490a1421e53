# Profiles for sctp.case.
profile sctp_all { network, }
profile sctp_own {
	network (create, setopt) inet stream,
	network bind inet stream ip=127.0.0.1 port=4870,
	network bind inet stream ip=127.0.0.2 port=4870,
}
profile sctp_peer {
	network (create, setopt, getopt) inet stream,
	network connect inet stream peer=(ip=127.0.0.1 port=4871-4879),
	network connect inet stream peer=(ip=127.0.0.2 port=4871),
}
profile sctp_deny { network, deny network connect peer=(ip=127.0.0.3), }
profile sctp_kind { network (create, setopt, getopt, connect) inet stream, }
profile sctp_none { network (create, setopt, bind) inet stream, }
profile sctp_complain flags=(complain) { network inet stream, deny network connect peer=(ip=127.0.0.3), }
