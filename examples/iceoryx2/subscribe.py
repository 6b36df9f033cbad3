# Receives the counter.
import ctypes
import time
import iceoryx2 as iox2


class Data(ctypes.Structure):
    _fields_ = [("n", ctypes.c_uint64)]


iox2.set_log_level_from_env_or(iox2.LogLevel.Warn)
node = iox2.NodeBuilder.new().create(iox2.ServiceType.Ipc)
service = node.service_builder(iox2.ServiceName.new("routes")).publish_subscribe(Data)
subscriber = service.open_or_create().subscriber_builder().create()
count, last = 0, time.time()
while True:
    sample = subscriber.receive()
    if sample is None:
        time.sleep(0.005)
    else:
        count, n = count + 1, sample.payload().contents.n
    if time.time() - last > 2:
        print(f"received {count}, the last is {n if count else 'none'}", flush=True)
        last = time.time()
