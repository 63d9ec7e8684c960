# Completion of driverfs for bash: source <(driverfs completion bash)
COMP_WORDBREAKS=${COMP_WORDBREAKS//:/} # device names have colons
_driverfs() {
  local word=${COMP_WORDS[COMP_CWORD]}
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "up down status tree ls cat get set describe snapshot monitor
      lsdev lsdrv why rules bind unbind insmod modprobe lsmod modinfo rmmod upgrade leak suspend
      resume settle new-driver completion --help --version" -- "$word")
    return
  fi
  if [[ $word == -* ]]; then
    local options
    case ${COMP_WORDS[1]} in
      up) options='--detach --mount --config' ;;
      tree) options='-L -d' ;;
      ls) options='-l' ;;
      set) options='-n --if' ;;
      snapshot) options='--recursive' ;;
      monitor) options='--json --since' ;;
      unbind | suspend) options='--wait' ;;
      insmod) options='--beside' ;;
      modprobe) options='--remove' ;;
      rmmod) options='--wait --revoke --json' ;;
      upgrade) options='--wait --json' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "${options:-} --socket --help" -- "$word")
    return
  fi
  case ${COMP_WORDS[1]} in
    tree | ls | cat | get | set | describe | snapshot | why | bind | unbind)
      mapfile -t COMPREPLY < <(driverfs complete -- "$word" 2> /dev/null)
      if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == */ ]]; then compopt -o nospace; fi
      ;;
    completion) mapfile -t COMPREPLY < <(compgen -W "bash zsh" -- "$word") ;;
    *) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
  esac
}
complete -F _driverfs driverfs ./driverfs
