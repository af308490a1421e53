# Profiles for queues.case.
profile mq_all { mqueue, }
profile mq_none { }
profile mq_posix { mqueue type=posix, }
profile mq_sysv { mqueue type=sysv, }
profile mq_reader { mqueue (open, read, getattr) type=posix /q*, }
profile mq_maker { mqueue (create, read) type=posix /m, }
profile mq_labelled { mqueue (open, read, write, delete) type=posix label=mq_all, }
profile mq_free { mqueue (open, read) type=posix label=unconfined, }
profile mq_remover { mqueue delete /q1, }
profile mq_denied { mqueue, deny mqueue write /q1, deny mqueue read 17, }
profile msg_some { mqueue (open, write, getattr) type=sysv 17, mqueue create 18, }
profile msg_labelled { mqueue (open, read, setattr, delete) type=sysv label=mq_all, }
