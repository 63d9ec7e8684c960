# Completion of driverfs for zsh: source <(driverfs completion zsh)
_driverfs() {
  local -a found
  if ((CURRENT == 2)); then
    compadd -- up down status tree ls cat get set describe snapshot monitor lsdev lsdrv why rules bind \
      unbind insmod modprobe lsmod modinfo rmmod upgrade leak suspend resume settle new-driver completion
    return
  fi
  case ${words[2]} in
    tree | ls | cat | get | set | describe | snapshot | why | bind | unbind)
      found=(${(f)"$(driverfs complete -- "${words[CURRENT]}" 2> /dev/null)"})
      compadd -S '' -- $found
      ;;
    completion) compadd -- bash zsh ;;
    *) _files ;;
  esac
}
compdef _driverfs driverfs
