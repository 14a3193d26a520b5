variable "name" {
  type = string
}

variable "on_call" {
  type = string
}

variable "settings" {
  type = object({
    timeout            = number
    batch_size         = number
    max_receive_count  = number
    visibility_timeout = optional(number)
    reserved           = optional(number)
    partial            = bool
    fifo               = bool
  })
}
