# Becomes the node's container runtime, as process 1 of namespaces of its own:
#
#   unshare --mount --pid --fork --kill-child sh node.sh FOLDER CONTAINERD…
#
# Mounts, sockets and what programs write to fixed places stay in here, and the kernel clears them
# away with the last process; it ends all processes with this one. FOLDER is /run/node in here.
set -eu
folder=$1
shift

# The pid that others know this process by: /proc is still theirs.
read -r pid _ </proc/self/stat
echo "$pid" >"$folder/pid.draft"
mv "$folder/pid.draft" "$folder/pid"

mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/lock /run/node
mount --bind "$folder" /run/node
# Written to by kubelet and the CNI plugins, wherever their own files are.
mkdir -p /run/node/var /run/node/var.work
mount -t overlay -o lowerdir=/var,upperdir=/run/node/var,workdir=/run/node/var.work overlay /var

# The kubelet sets these for the whole machine, and the bridge plugin turns forwarding on. They find
# what they want to see. Pods need no forwarding: they reach each other by the bridge and this
# machine as their neighbour, and nothing else, which is how it shall be.
mkdir /run/node/sysctl
while read -r setting value; do
    file=/run/node/sysctl/$(basename "$setting")
    echo "$value" >"$file"
    mount --bind "$file" "/proc/sys/$setting"
done <<END
net/ipv4/ip_forward 1
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
END

mount --make-rshared /
exec "$@"
