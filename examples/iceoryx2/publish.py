# Publishes a counter.
import ctypes
import time
import iceoryx2 as iox2


class Data(ctypes.Structure):
    _fields_ = [("n", ctypes.c_uint64)]


iox2.set_log_level_from_env_or(iox2.LogLevel.Warn)
node = iox2.NodeBuilder.new().create(iox2.ServiceType.Ipc)
service = node.service_builder(iox2.ServiceName.new("routes")).publish_subscribe(Data)
publisher = service.open_or_create().publisher_builder().create()
n = 0
while True:
    n += 1
    receivers = publisher.loan_uninit().write_payload(Data(n=n)).send()
    if n % 20 == 0:
        print(f"sent {n} to {receivers} receivers", flush=True)
    time.sleep(0.05)
